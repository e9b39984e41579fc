// Uploads in pieces, which go on where they were after a pause or a lost connection.

import { ask } from "./api.js";
import { byId, element, show } from "./elements.js";
import { key } from "./server.js";
import { bytes, percent, text } from "./texts.js";

const pieceSize = 4 << 20;
const begin = `mutation Begin($name: String! $bytes: Int! $type: String!) {
  startUpload(name: $name, bytes: $bytes, contentType: $type) { fileId name url bytes }
}`;

let current; // the upload that is shown

/**
 * prepareUpload makes the field of the file work; changed gets {name, fileId} when a file is there, and null when it
 * goes.
 */
export function prepareUpload(changed) {
  const drop = byId("drop");
  const input = byId("file");
  const take = (file) => {
    if (file) start(file, changed);
  };
  input.addEventListener("change", () => take(input.files[0]));
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    take(event.dataTransfer.files[0]);
  });
}

async function start(file, changed) {
  const upload = current = { file, sent: 0, state: "uploading", changed };
  draw();
  const variables = { name: file.name, bytes: file.size, type: file.type || "application/octet-stream" };
  const { data, problem } = await ask(begin, variables);
  if (upload !== current) return;
  if (!data?.startUpload) return end(upload, "failed", problem);
  const { href: address } = new URL(data.startUpload.url.replace(/^\//, ""), document.baseURI);
  Object.assign(upload, data.startUpload, { address });
  send(upload);
}

/** send sends the pieces that are left, one after the other. */
async function send(upload) {
  upload.state = "uploading";
  try {
    while (upload === current && upload.state === "uploading") {
      draw();
      const piece = upload.file.slice(upload.sent, upload.sent + pieceSize);
      const response = await request(upload, "PUT", piece, { "Upload-Offset": String(upload.sent) });
      if (!response.ok) {
        const answer = await response.json().catch(() => undefined);
        return end(upload, "failed", answer?.errors?.[0]?.message ?? `HTTP ${response.status}`);
      }
      upload.sent += piece.size;
      if (upload.sent === upload.bytes) return end(upload, "uploaded");
    }
  } catch {
    end(upload, "lost");
  }
}

/** resume asks how much is there, and goes on. */
async function resume(upload) {
  try {
    const response = await request(upload, "HEAD");
    const offset = response.headers.get("Upload-Offset");
    if (offset === null) return end(upload, response.ok ? "uploaded" : "failed", `HTTP ${response.status}`);
    upload.sent = Number(offset);
    send(upload);
  } catch {
    end(upload, "lost");
  }
}

const request = ({ address }, method, body, headers = {}) => fetch(address, {
  method, body, headers: { ...headers, ...key() ? { Authorization: `Bearer ${key()}` } : {} },
});

function end(upload, state, problem) {
  if (upload !== current) return;
  upload.state = state;
  upload.problem = problem;
  draw();
  if (state === "uploaded") upload.changed(upload);
}

/** drawUpload draws the upload anew, in another language, say. */
export const drawUpload = () => current && draw();

function draw() {
  const { file, sent, state, problem } = current;
  const share = file.size ? sent / file.size : 1;
  const filled = element("i");
  filled.style.width = `${share * 100}%`;
  const sizes = [bytes(sent), bytes(file.size)];
  const words = {
    uploading: () => text("uploading", ...sizes),
    paused: () => text("paused", ...sizes),
    lost: () => text("lost", ...sizes),
    uploaded: () => text("uploaded", bytes(file.size)),
    failed: () => text("failed", problem),
  }[state]();
  byId("upload").replaceChildren(
    element("div", { className: "named" }, element("b", { textContent: file.name, title: file.name }), ...buttons()),
    element("span", {
      className: "bar", role: "progressbar", "aria-valuenow": String(Math.round(share * 100)), "aria-label": file.name,
      title: percent(share, 0),
    }, filled),
    element("p", { className: state === "failed" ? "problem" : "note", role: "status", textContent: words }));
  show(true, byId("upload"));
  show(false, byId("drop"));
}

function buttons() {
  const upload = current;
  const make = (name, act) => {
    const button = element("button", { type: "button", className: "small", textContent: text(name) });
    button.addEventListener("click", act);
    return button;
  };
  const list = [];
  if (upload.state === "uploading" && upload.address) {
    list.push(make("pause", () => {
      upload.state = "paused";
      draw();
    }));
  }
  if (upload.state === "paused" || upload.state === "lost") list.push(make("resume", () => resume(upload)));
  list.push(make("discard", () => {
    current = undefined;
    byId("file").value = "";
    show(false, byId("upload"));
    show(true, byId("drop"));
    upload.changed(null);
  }));
  return list;
}
