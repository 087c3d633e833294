// Streams one file to the server as the raw body of a request and hands its upload id to Python.
const SIZE = ["B", "kB", "MB", "GB"];

function size(bytes) {
  let unit = 0;
  while (bytes >= 1000 && unit < SIZE.length - 1) { bytes /= 1000; unit += 1; }
  return `${bytes.toFixed(unit ? 1 : 0)} ${SIZE[unit]}`;
}

function time(seconds) {
  if (!Number.isFinite(seconds)) return "";
  return seconds < 60 ? `${Math.ceil(seconds)} s left` : `${Math.ceil(seconds / 60)} min left`;
}

function answer(request) {
  try { return JSON.parse(request.responseText); } catch { return {}; }
}

function refusal(request) {
  if (request.status === 0) return "The connection to the console was lost. Check it and choose the file again.";
  if (request.status === 401) return "Your session has ended. Sign in again, then choose the file again.";
  return answer(request).error || `The console answered with status ${request.status}. Choose the file again.`;
}

export default function uploader({ data, parentElement, setTriggerValue }) {
  const at = (name) => parentElement.querySelector(`[data-part="${name}"]`);
  // The script runs again whenever the page does: an upload under way goes on with its listeners.
  const state = (parentElement.acUploader ??= { request: null });
  const zone = at("zone");
  const input = at("input");
  zone.dataset.disabled = data.disabled ? "yes" : "no";
  input.disabled = Boolean(data.disabled);
  at("limit").textContent = data.hint;

  function show(mode, words = "") {
    zone.dataset.mode = mode;
    if (mode === "refused") at("reason").textContent = words;
  }

  function progress(file, begun, event) {
    const share = event.total ? event.loaded / event.total : 0;
    const rate = event.loaded / Math.max(0.001, (performance.now() - begun) / 1000);
    at("bar").value = share;
    at("percent").textContent = `${Math.floor(share * 100)} %`;
    at("pace").textContent = `${size(event.loaded)} of ${size(event.total)} · ${size(rate)}/s · ${time((event.total - event.loaded) / rate)}`;
  }

  function arrived(file, request) {
    state.request = null;
    if (request.status < 200 || request.status > 299) { show("refused", refusal(request)); return; }
    show("arrived");
    setTriggerValue("uploaded", answer(request));
  }

  function send(file) {
    if (!file || state.request || data.disabled) return;
    if (file.size === 0) { show("refused", `${file.name} is empty. Choose a file that holds a header and rows.`); return; }
    if (file.size > data.limit) { show("refused", `${file.name} has ${size(file.size)}; at most ${size(data.limit)} can be uploaded.`); return; }
    const request = new XMLHttpRequest();
    const begun = performance.now();
    state.request = request;
    for (const part of parentElement.querySelectorAll('[data-part="name"]')) { part.textContent = file.name; part.title = file.name; }
    progress(file, begun, { loaded: 0, total: file.size });
    show("sending");
    request.upload.onprogress = (event) => progress(file, begun, event);
    request.onload = () => arrived(file, request);
    request.onerror = () => arrived(file, request);
    request.onabort = () => { state.request = null; show("ready"); };
    request.open("POST", `${data.address}?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-Requested-With", "anomaly-console");
    request.send(file);
  }

  if (state.wired) return undefined;
  state.wired = true;
  input.onchange = () => { send(input.files[0]); input.value = ""; };
  at("cancel").onclick = () => state.request?.abort();
  zone.ondragover = (event) => { event.preventDefault(); zone.dataset.over = "yes"; };
  zone.ondragleave = () => { delete zone.dataset.over; };
  zone.ondrop = (event) => { event.preventDefault(); delete zone.dataset.over; send(event.dataTransfer.files[0]); };
  return () => { state.request?.abort(); };
}
