/** A visitor with a browser: forms are filled and sent as people do, and pages are waited for. */
import { sleep } from "../../tools/common/commands";
import type { OpenPage } from "../../tools/html/chromium";

const patienceSeconds = 30;

export class Visitor {
    constructor(
        private readonly page: OpenPage,
        private readonly url: string,
    ) {}

    /** Waits until an expression is true in the page. */
    async until(expression: string): Promise<void> {
        const deadline = performance.now() + patienceSeconds * 1000;
        for (;;) {
            // Between two pages there is none to ask.
            const value = await this.page.evaluate(expression).catch(() => false);
            if (value === true) return;
            if (performance.now() > deadline) {
                const text = await this.page.evaluate("location.href + '\\n' + document.body.innerText.slice(0, 2000)");
                throw new Error(`After ${patienceSeconds} s not ${expression}. The page is ${String(text)}`);
            }
            await sleep(0.1);
        }
    }

    /** Does what leads to another page, and waits for that. */
    async leave(expression: string): Promise<void> {
        await this.page.evaluate(`window.wasHere = true; ${expression}; undefined`);
        await this.until("window.wasHere === undefined && document.readyState === 'complete'");
    }

    go(path: string): Promise<void> {
        return this.leave(`location.href = ${JSON.stringify(new URL(path, this.url).href)}`);
    }

    /** Fills in fields by their selectors. */
    async fill(fields: Readonly<Record<string, string>>): Promise<void> {
        for (const [selector, value] of Object.entries(fields)) {
            await this.page.evaluate(
                `document.querySelector(${JSON.stringify(selector)}).value = ${JSON.stringify(value)}; undefined`,
            );
        }
    }

    press(selector: string): Promise<void> {
        return this.leave(`document.querySelector(${JSON.stringify(selector)}).click()`);
    }

    /** A form #own, for a file and what one field of the page has. */
    async addForm(action: string, copied: string, fileField: string): Promise<void> {
        await this.page.evaluate(`{
            const form = document.createElement("form");
            Object.assign(form, { id: "own", method: "post", enctype: "multipart/form-data", action: ${JSON.stringify(action)} });
            const file = document.createElement("input");
            Object.assign(file, { type: "file", name: ${JSON.stringify(fileField)} });
            form.append(document.querySelector(${JSON.stringify(copied)}).cloneNode(), file);
            document.body.append(form);
        } undefined`);
    }

    /** Puts a picture into a field for files, with some MB behind it that no viewer looks at. */
    async chooseFile(selector: string, name: string, bytes: number): Promise<void> {
        await this.page.evaluate(`{
            const picture = atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");
            const bytes = new Uint8Array(${bytes});
            for (let i = 0; i < picture.length; i++) bytes[i] = picture.charCodeAt(i);
            const files = new DataTransfer();
            files.items.add(new File([bytes], ${JSON.stringify(name)}, { type: "image/png" }));
            document.querySelector(${JSON.stringify(selector)}).files = files.files;
        } undefined`);
    }

    text(): Promise<string> {
        return this.page.evaluate("document.body.innerText") as Promise<string>;
    }

    /** Status, type and size of what an address answers with this visitor's cookies. */
    async fetch(path: string): Promise<{ readonly status: number; readonly type: string; readonly bytes: number }> {
        return (await this.page.evaluate(`(() => {
            const request = new XMLHttpRequest();
            request.open("GET", ${JSON.stringify(path)}, false);
            request.overrideMimeType("text/plain; charset=x-user-defined");
            request.send();
            return { status: request.status, type: request.getResponseHeader("content-type"), bytes: request.responseText.length };
        })()`)) as { status: number; type: string; bytes: number };
    }
}
