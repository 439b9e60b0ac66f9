// Search in pages that were opened from disk. A browser starts no worker from a file, so what would run in a worker
// runs in a hidden frame instead. Over http nothing changes.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.waiting = [];
      const frame = document.createElement("iframe");
      frame.hidden = true;
      frame.addEventListener("load", () => {
        const inside = frame.contentWindow;
        inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
        inside.importScripts = (...urls) =>
          Promise.all(
            urls.map(
              (each) =>
                new Promise((loaded) => {
                  const script = inside.document.createElement("script");
                  script.src = each;
                  script.addEventListener("load", loaded);
                  inside.document.head.append(script);
                })
            )
          );
        inside.importScripts(url).then(() => {
          this.send = (data) => inside.dispatchEvent(new inside.MessageEvent("message", { data }));
          this.waiting.splice(0).forEach(this.send);
        });
      });
      frame.src = "about:blank";
      document.body ? document.body.append(frame) : document.documentElement.append(frame);
    }

    postMessage(data) {
      this.send ? this.send(data) : this.waiting.push(data);
    }
  };
}
