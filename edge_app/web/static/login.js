"use strict";

document.getElementById("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = document.getElementById("password");
  const answer = await fetch("/api/login", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ password: field.value }),
  });
  if (answer.ok) {
    location.assign("/");
    return;
  }
  document.getElementById("answer").textContent = (await answer.json()).error;
  field.select();
});
