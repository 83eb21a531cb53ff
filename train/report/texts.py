"""What a report says between its numbers."""

SCORES = (
    "NLL is in nats; Brier is summed over the classes; ECE uses 15 bins of confidence; AURC is the area under risk "
    "against coverage. Of all but accuracy, less is better. Where passes differ, one pass is one draw of the weights "
    "for each block of 1,000 images (a bundle's first sample), and the mean averages probabilities over the passes."
)
CHOSEN = (
    "For each class the bar reaches from the 2.5 to the 97.5 percentile of its probability over {passes} passes, "
    "or over a bundle's K, by the source's formula; a network whose passes do not differ has a line. The true class is "
    "green, filled and has a triangle above; the others are red and hatched. The black dash is the mean. The rules go "
    "by the doubt of {judge}."
)
ENTROPY = (
    "The histograms count images by the entropy of the prediction, on a log scale: green and filled where it is right, "
    "red and hatched where it is wrong; lines mark the means. Good doubt is small where right and large where wrong."
)
DOUBT = (
    "If the most doubtful images are given up, the rest should hold fewer errors. The tables rank images by three "
    "scores: entropy of the mean, mutual information of label and weights, and spread, the width of the 95% interval "
    "of the predicted class. A network whose passes do not differ has the first alone."
)
CALIBRATION = (
    "Among predictions of confidence 0.8, 80% should be right. The curves show accuracy less confidence in 15 bins of "
    "confidence, leaving out bins of fewer than 10 images; on the line the confidence is what it says."
)
SPLIT = (
    "The entropy of the mean is the mean entropy of the passes (aleatoric: the image itself is ambiguous) and what the "
    "passes disagree about (epistemic: the network has not learnt it), the latter times K / (K - 1), since K passes "
    "see too little of it."
)
SAMPLES = (
    "The mean of the first K passes. Distance is the mean total variation distance to the mean of all passes; spread "
    "is the width of the 95% interval, which needs far more passes than the mean: of fewer than {fewest} it reaches "
    "from the least to the greatest of them, and covers less than 95% of further passes."
)
CORRUPTIONS = (
    "The corruptions of MNIST-C (Mu and Gilmer 2019), drawn with the published parameters. No network was "
    "trained on them unless its recipe says so. A star marks those that augmented training images resemble: a network "
    "so trained has seen their like."
)
PROMISE = (
    "A bundle's warning and label sets are calibrated on clean images, and what they promise holds for images like "
    "those. This is what is left of it."
)
DETAILS = (
    "Doubt under each corruption: the mean entropy, and the AUROC of entropy for finding errors and for "
    "telling corrupted from clean images; then the epistemic part, and the AUROC of mutual information for the latter."
)
DEVICE = (
    "The bundle runs on LiteRT with its own weight samples; the full model draws new ones for every block of images. "
    "Distance is the mean total variation distance of the two predictive means."
)
PUBLISHED = (
    "The source printed figures of one stochastic pass, of networks trained on all 60,000 images. The seeds' column "
    "gives mean and standard deviation over runs that differ from each other by their seed alone, trained as the "
    "source's; the next is how far from that mean 95 of 100 further seeds would lie. A figure of the source "
    "within it needs no other reason. Our own run may hold images out, and its spatter is drawn anew from the "
    "published parameters."
)
OTHER_SPLIT = (
    "the two sides differ in which pass decides what is wrong. Where that is another pass than the one whose entropy "
    "is taken, as when a network is called once for the entropies and once for the labels, the figure agrees"
)
UNEXPLAINED = "seeds do not explain it, and no other reason is known"
SAME_WEIGHTS = (
    "{first} and {second} give the very same numbers: the cross-entropy of a label is the negative log-likelihood of "
    "its one-hot form, so that the same start and the same order of images end in the same weights."
)
CONFUSION = "Rows are true labels, columns what was read, both for the mean of the passes; errors are shaded."
DATA = "Paper is 1 and ink is 0, as the networks see it."
PRIOR = (
    "Half a Normal of standard deviation 1, half one of standard deviation 10, beside the unit normal. Over a whole "
    "layer the mixture is one choice for all weights together."
)
