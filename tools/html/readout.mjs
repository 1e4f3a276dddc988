// Runs in the browser: reads out what is under the pointer, or under the cursor that the arrow keys move. Without it the
// page has everything but this.
const box = document.createElement("div");
box.className = "readout";
box.hidden = true;
document.body.append(box);

// Browsers show titles late and over the read-out.
for (const title of document.querySelectorAll(".chart svg title")) {
    title.parentElement.dataset.details = title.textContent;
    title.remove();
}

const clock = (seconds) => {
    const two = (value) => String(value).padStart(2, "0");
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    const rest = two(Math.floor(seconds % 60));
    return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
};

const timeOf = (data, seconds) =>
    data.midnight === undefined
        ? clock(seconds)
        : new Date((data.midnight + seconds) * 1000).toISOString().slice(0, 19).replace("T", " ");

const element = (tag, className, text) => {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = text;
    return made;
};

// The last point that is not later than the time.
const indexAt = (series, at) => {
    if (series.times === undefined)
        return Math.min(series.values.length - 1, Math.floor((at - series.first) / series.step));
    let [low, high] = [0, series.times.length];
    while (low < high) {
        const middle = (low + high) >> 1;
        if (series.times[middle] <= at) low = middle + 1;
        else high = middle;
    }
    return low - 1;
};

const show = (lines, x, y) => {
    box.replaceChildren(...lines);
    box.hidden = lines.length === 0;
    const { width, height } = box.getBoundingClientRect();
    box.style.left = `${Math.max(4, x + 16 + width > innerWidth ? x - width - 16 : x + 16)}px`;
    box.style.top = `${Math.max(4, Math.min(y + 16, innerHeight - height - 4))}px`;
};

for (const chart of document.querySelectorAll(".chart")) {
    const svg = chart.querySelector("svg");
    const json = chart.querySelector("script");
    const data = json === null ? undefined : JSON.parse(json.textContent);
    const cursor = svg.querySelector(".cursor");
    let at;

    const linesAt = (seconds) => {
        const during = data.bands.filter(([from, until]) => from <= seconds && seconds <= until).map((band) => band[2]);
        const lines = [element("b", "", timeOf(data, seconds)), ...during.map((name) => element("i", "", name))];
        let panel;
        for (const series of data.series) {
            const index = indexAt(series, seconds);
            const text = index < 0 ? "" : series.texts[series.values[index]];
            if (text === "") continue;
            if (series.panel !== panel) lines.push(element("span", "panelname", series.panel));
            panel = series.panel;
            const line = element("span", "value", "");
            line.append(
                element("span", `key c-${series.colour}`, ""),
                element("span", "", series.name),
                element("b", "", text),
            );
            lines.push(line);
        }
        return lines;
    };
    const read = (seconds, x, y, details) => {
        const lines = details === undefined ? [] : details.split("\n").map((text) => element("span", "details", text));
        if (data !== undefined && seconds !== undefined) {
            lines.push(...linesAt(seconds));
            const share = (seconds - data.from) / (data.until - data.from || 1);
            const pixels = (data.left + share * (data.right - data.left)) * svg.viewBox.baseVal.width;
            cursor.setAttribute("transform", `translate(${pixels} 0)`);
            cursor.classList.add("on");
        }
        show(lines, x, y);
    };
    const hide = () => {
        box.hidden = true;
        cursor?.classList.remove("on");
    };

    svg.addEventListener("pointermove", (event) => {
        const { left, width } = svg.getBoundingClientRect();
        const details = event.target.closest("[data-details]")?.dataset.details;
        at = undefined;
        if (data !== undefined) {
            const share = ((event.clientX - left) / width - data.left) / (data.right - data.left);
            if (share >= 0 && share <= 1) at = Math.floor(data.from + share * (data.until - data.from));
        }
        if (at === undefined && details === undefined) hide();
        else read(at, event.clientX, event.clientY, details);
    });
    svg.addEventListener("pointerleave", hide);
    chart.addEventListener("blur", hide);
    chart.addEventListener("keydown", (event) => {
        if (event.key === "Escape") hide();
        const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (direction === undefined || data === undefined) return;
        event.preventDefault();
        at = Math.min(data.until, Math.max(data.from, (at ?? data.from) + direction * (event.shiftKey ? 30 : 1)));
        const { left, top, width } = svg.getBoundingClientRect();
        const share = data.left + ((at - data.from) / (data.until - data.from || 1)) * (data.right - data.left);
        read(at, left + share * width, Math.max(top, 0) + 40, undefined);
    });
}
