/** What a server's bytes say: answers of HTTP/1 one behind the other, each with its own end. */

export interface RawAnswer {
    /** 0 for one that was cut. */
    readonly status: number;
    /** Name by name in small letters; the last of several. */
    readonly headers: Readonly<Record<string, string>>;
    /** Its size instead where it is long. */
    readonly body: string;
}

interface Body {
    readonly text: string;
    /** How many bytes it took. */
    readonly length: number;
}

const longestBodyBytes = 4096;

/**
 * The answers that are whole. Where the connection is over, what is left of one that was cut is the last.
 *
 * @param isHead they answer HEAD, and have no bodies
 */
export function answersIn(text: string, isOver: boolean, isHead: boolean): readonly RawAnswer[] {
    const answers: RawAnswer[] = [];
    let at = 0;
    while (at < text.length) {
        const headEnd = text.indexOf("\r\n\r\n", at);
        const head = headEnd < 0 ? undefined : headOf(text.slice(at, headEnd));
        const body = head === undefined ? undefined : bodyOf(head, text, headEnd + 4, isOver, isHead);
        if (head === undefined || body === undefined) {
            if (isOver) answers.push({ status: 0, headers: {}, body: shown(text.slice(at)) });
            break;
        }
        answers.push({ ...head, body: shown(body.text) });
        at = headEnd + 4 + body.length;
    }
    return answers;
}

function headOf(text: string): Omit<RawAnswer, "body"> {
    const [statusLine = "", ...lines] = text.split("\r\n");
    const headers = lines.map((line) => [
        line.slice(0, line.indexOf(":")).toLowerCase(),
        line.slice(line.indexOf(":") + 1).trim(),
    ]);
    return { status: Number(statusLine.split(" ")[1]), headers: Object.fromEntries(headers) as Record<string, string> };
}

/** Undefined where its end has not come. */
function bodyOf(
    { status, headers }: Omit<RawAnswer, "body">,
    text: string,
    from: number,
    isOver: boolean,
    isHead: boolean,
): Body | undefined {
    if (isHead || status < 200 || status === 204 || status === 304) return { text: "", length: 0 };
    if (headers["transfer-encoding"] === "chunked") return ofChunks(text, from);
    const length = headers["content-length"] === undefined ? undefined : Number(headers["content-length"]);
    // Without a length, the connection's end is the body's.
    if (length === undefined) return isOver ? { text: text.slice(from), length: text.length - from } : undefined;
    return text.length < from + length ? undefined : { text: text.slice(from, from + length), length };
}

function ofChunks(text: string, from: number): Body | undefined {
    const parts: string[] = [];
    let at = from;
    for (;;) {
        const lineEnd = text.indexOf("\r\n", at);
        if (lineEnd < 0) return undefined;
        const length = Number.parseInt(text.slice(at, lineEnd), 16);
        const end = lineEnd + 2 + length + 2;
        if (text.length < end) return undefined;
        if (length === 0) return { text: parts.join(""), length: end - from };
        parts.push(text.slice(lineEnd + 2, end - 2));
        at = end;
    }
}

const shown = (body: string) => (body.length > longestBodyBytes ? `${body.length} bytes` : body);
