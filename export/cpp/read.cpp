// Reads images with the graph of a bundle that was exported with --summary, and with nothing else of it:
//
//     read GRAPH.tflite < IMAGES > READINGS
// IMAGES are float32 values, one image after the other, each as the bundle's manifest describes its input. READINGS is a
// line of JSON for each; FORMAT.md says what its names mean.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "litert.h"

namespace {

void require(LiteRtStatus status, const char* what) {
    if (status == kLiteRtStatusOk) return;
    throw std::runtime_error(std::string(what) + ": LiteRT says status " + std::to_string(status));
}

template <auto destroy>
struct Destroyer {
    void operator()(auto* handle) const { destroy(handle); }
};

template <typename Handle, auto destroy>
using Owned = std::unique_ptr<std::remove_pointer_t<Handle>, Destroyer<destroy>>;
using Environment = Owned<LiteRtEnvironment, LiteRtDestroyEnvironment>;
using Model = Owned<LiteRtModel, LiteRtDestroyModel>;
using Options = Owned<LiteRtOptions, LiteRtDestroyOptions>;
using CompiledModel = Owned<LiteRtCompiledModel, LiteRtDestroyCompiledModel>;
using TensorBuffer = Owned<LiteRtTensorBuffer, LiteRtDestroyTensorBuffer>;

// What the graph says of an image: the outputs of `read` by name, floats or integers of four bytes.
using Reading = std::map<std::string, std::vector<std::uint32_t>>;

template <typename T>
std::vector<T> values(const Reading& reading, const std::string& name) {
    static_assert(sizeof(T) == sizeof(std::uint32_t));
    const auto found = reading.find(name);
    if (found == reading.end()) throw std::runtime_error("signature read: has no output " + name);
    std::vector<T> values(found->second.size());
    std::memcpy(values.data(), found->second.data(), values.size() * sizeof(T));
    return values;
}

// A graph ready to run, on the processor, one image at a time.
class Graph {
  public:
    explicit Graph(const char* path) {
        LiteRtEnvironment environment = nullptr;
        require(LiteRtCreateEnvironment(0, nullptr, &environment), "environment");
        environment_.reset(environment);
        LiteRtModel model = nullptr;
        require(LiteRtCreateModelFromFile(environment, path, &model), path);
        model_.reset(model);
        signature_ = find_read();
        LiteRtOptions options = nullptr;
        require(LiteRtCreateOptions(&options), "options");
        options_.reset(options);
        require(LiteRtSetOptionsHardwareAccelerators(options, kLiteRtHwAcceleratorCpu), "options");
        LiteRtCompiledModel compiled = nullptr;
        require(LiteRtCreateCompiledModel(environment, model, options, &compiled), path);
        compiled_.reset(compiled);
        std::size_t outputs = 0;
        require(LiteRtGetNumSignatureOutputs(signature_, &outputs), "signature read");
        input_ = make_buffer(0, LiteRtGetSignatureInputTensorByIndex, LiteRtGetCompiledModelInputBufferRequirements);
        for (std::size_t index = 0; index < outputs; ++index) {
            const char* name = nullptr;
            require(LiteRtGetSignatureOutputName(signature_, index, &name), "signature read");
            names_.emplace_back(name);
            outputs_.push_back(make_buffer(index, LiteRtGetSignatureOutputTensorByIndex,
                                           LiteRtGetCompiledModelOutputBufferRequirements));
        }
    }

    std::size_t image_bytes() const { return size_of(input_); }

    Reading read(const std::vector<char>& image) {
        void* address = nullptr;
        require(LiteRtLockTensorBuffer(input_.get(), &address, kLiteRtTensorBufferLockModeWrite), "input");
        std::memcpy(address, image.data(), image.size());
        require(LiteRtUnlockTensorBuffer(input_.get()), "input");
        LiteRtTensorBuffer input = input_.get();
        std::vector<LiteRtTensorBuffer> outputs;
        for (const auto& output : outputs_) outputs.push_back(output.get());
        require(LiteRtRunCompiledModel(compiled_.get(), index_, 1, &input, outputs.size(), outputs.data()), "run");
        Reading reading;
        for (std::size_t index = 0; index < outputs_.size(); ++index) {
            auto& words = reading[names_[index]];
            words.resize(size_of(outputs_[index]) / sizeof(std::uint32_t));
            require(LiteRtLockTensorBuffer(outputs[index], &address, kLiteRtTensorBufferLockModeRead), "output");
            std::memcpy(words.data(), address, words.size() * sizeof(std::uint32_t));
            require(LiteRtUnlockTensorBuffer(outputs[index]), "output");
        }
        return reading;
    }

  private:
    static std::size_t size_of(const TensorBuffer& buffer) {
        std::size_t bytes = 0;
        require(LiteRtGetTensorBufferPackedSize(buffer.get(), &bytes), "buffer");
        return bytes;
    }

    LiteRtSignature find_read() {
        std::size_t count = 0;
        require(LiteRtGetNumModelSignatures(model_.get(), &count), "signatures");
        for (index_ = 0; index_ < count; ++index_) {
            LiteRtSignature signature = nullptr;
            const char* key = nullptr;
            require(LiteRtGetModelSignature(model_.get(), index_, &signature), "signatures");
            require(LiteRtGetSignatureKey(signature, &key), "signatures");
            if (std::string_view(key) == "read") return signature;
        }
        throw std::runtime_error("found no signature read; export the bundle with --summary");
    }

    template <typename FindTensor, typename FindRequirements>
    TensorBuffer make_buffer(std::size_t index, FindTensor find_tensor, FindRequirements find_requirements) {
        LiteRtTensor tensor = nullptr;
        LiteRtRankedTensorType type{};
        LiteRtTensorBufferRequirements requirements = nullptr;
        LiteRtTensorBuffer buffer = nullptr;
        require(find_tensor(signature_, index, &tensor), "tensor");
        require(LiteRtGetRankedTensorType(tensor, &type), "tensor");
        require(find_requirements(compiled_.get(), index_, index, &requirements), "buffer");
        const auto create = LiteRtCreateManagedTensorBufferFromRequirements;
        require(create(environment_.get(), &type, requirements, &buffer), "buffer");
        return TensorBuffer(buffer);
    }

    Environment environment_;  // destroyed last
    Model model_;
    Options options_;
    CompiledModel compiled_;
    LiteRtSignature signature_ = nullptr;
    std::size_t index_ = 0;
    TensorBuffer input_;
    std::vector<std::string> names_;
    std::vector<TensorBuffer> outputs_;
};

template <typename T>
std::string listed(const std::vector<T>& values) {
    std::ostringstream text;
    text.precision(std::numeric_limits<float>::max_digits10);
    for (std::size_t index = 0; index < values.size(); ++index) text << (index ? ", " : "") << values[index];
    return "[" + text.str() + "]";
}

void print(const Reading& reading) {
    constexpr const char* reasons[] = {"null", "\"ambiguous\"", "\"unfamiliar\""};
    const auto label = values<std::int32_t>(reading, "label");
    if (label.size() != 1) throw std::runtime_error("graph: takes several images at a time, expected one");
    std::cout << "{\"label\": " << label[0];
    for (const char* name : {"mean", "low", "high"}) {
        std::cout << ", \"" << name << "\": " << listed(values<float>(reading, name));
    }
    for (const char* name : {"total_bits", "aleatoric_bits", "epistemic_bits"}) {
        std::cout << ", \"" << name << "\": " << values<float>(reading, name).at(0);
    }
    std::vector<std::size_t> members;
    const auto member = values<std::int32_t>(reading, "label_set");
    for (std::size_t index = 0; index < member.size(); ++index) if (member[index]) members.push_back(index);
    const auto reason = std::clamp(values<std::int32_t>(reading, "reason").at(0), 0, 2);
    std::cout << ", \"label_set\": " << listed(members) << ", \"reason\": " << reasons[reason] << "}\n";
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::cerr << "usage: read GRAPH.tflite < IMAGES > READINGS\n";
        return 2;
    }
    try {
        Graph graph(arguments[1]);
        std::vector<char> image(graph.image_bytes());
        std::cout.precision(std::numeric_limits<float>::max_digits10);
        while (std::cin.read(image.data(), static_cast<std::streamsize>(image.size()))) print(graph.read(image));
        if (const auto rest = std::cin.gcount()) {
            throw std::runtime_error("images: found " + std::to_string(rest) + " bytes at the end, expected " +
                                     std::to_string(image.size()) + " for each image");
        }
    } catch (const std::exception& error) {
        std::cerr << "read: " << error.what() << "\n";
        return 1;
    }
    return 0;
}
