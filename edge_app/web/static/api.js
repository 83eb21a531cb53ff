"use strict";

function cell(text) {
  const made = document.createElement("td");
  made.textContent = text;
  return made;
}

fetch("/openapi.json")
  .then((answer) => answer.json())
  .then((description) => {
    for (const [path, methods] of Object.entries(description.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const row = document.createElement("tr");
        const answers = Object.entries(operation.responses).map(([status, { description: text }]) => `${status}: ${text}`);
        row.append(cell(`${method.toUpperCase()} ${path}`), cell(operation.summary), cell(answers.join("\n")));
        document.getElementById("rows").append(row);
      }
    }
  });
