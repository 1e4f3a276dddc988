/** A service that answers as app/index.php does, and misbehaves on demand. Raw sockets, since a proper server would not. */
import { createHash } from "node:crypto";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

export interface SeenRequest {
    readonly id: string;
    readonly method: string;
    readonly host: string;
    readonly atMilliseconds: number;
    /** Number of its connection. */
    readonly connection: number;
    /** Its place on that connection, from 0. */
    readonly place: number;
}

/** What each request meets. */
export type Behaviour =
    | "answer"
    | "answer-and-close"
    | "reset"
    | "reset-in-answer"
    | "close"
    | "close-in-answer"
    | "bad-gateway"
    | "no-http"
    | "other-page"
    | "other-id"
    | "short-answer"
    | "half-body"
    | "other-body"
    | "short-wait"
    | "claimed-wait"
    | "no-work"
    | "never";

export interface EchoServer {
    readonly url: string;
    readonly seen: readonly SeenRequest[];
    close(): void;
}

/**
 * Answers after the time that `wait_ms` asks for, unless its behaviour is another.
 *
 * @param identity PEM; with one it speaks TLS
 * @param mostPerSecond further requests stand in line
 */
export async function echoServer(
    behave: (request: SeenRequest) => Behaviour,
    identity?: { readonly cert: string; readonly key: string },
    mostPerSecond?: number,
): Promise<EchoServer> {
    const seen: SeenRequest[] = [];
    const sockets = new Set<Socket>();
    let connections = 0;
    let isFreeAt = 0;
    const inLine = (work: () => void) => {
        if (mostPerSecond === undefined) {
            work();
            return;
        }
        isFreeAt = Math.max(isFreeAt, Date.now()) + 1000 / mostPerSecond;
        setTimeout(work, isFreeAt - Date.now()).unref();
    };
    const serve = (socket: Socket) => {
        const connection = connections++;
        let place = 0;
        let received = Buffer.alloc(0);
        sockets.add(socket);
        socket.on("close", () => sockets.delete(socket));
        socket.on("error", () => undefined);
        socket.on("data", (chunk: Buffer) => {
            received = Buffer.concat([received, chunk]);
            for (;;) {
                const end = received.indexOf("\r\n\r\n");
                if (end < 0) return;
                const head = received.subarray(0, end).toString();
                const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
                if (received.length < end + 4 + length) return;
                const body = received.subarray(end + 4, end + 4 + length);
                received = received.subarray(end + 4 + length);
                const [method = "", target = ""] = head.split(" ");
                const { searchParams } = new URL(target, "http://example.com");
                const request: SeenRequest = {
                    id: searchParams.get("id") ?? searchParams.get("drill") ?? "",
                    method,
                    host: /^host: (\S+)/im.exec(head)?.[1] ?? "",
                    atMilliseconds: Date.now(),
                    connection,
                    place: place++,
                };
                seen.push(request);
                inLine(() => {
                    answer(socket, request.id, searchParams, body, behave(request));
                });
            }
        });
    };
    const server = identity === undefined ? createServer(serve) : createTlsServer(identity, serve);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
        url: `${identity === undefined ? "http" : "https"}://127.0.0.1:${(server.address() as AddressInfo).port}`,
        seen,
        close: () => {
            server.close();
            for (const socket of sockets) socket.destroy();
        },
    };
}

function answer(socket: Socket, id: string, query: URLSearchParams, body: Buffer, behaviour: Behaviour): void {
    const waitMs = Number(query.get("wait_ms"));
    const sha1 = (data: Buffer) => createHash("sha1").update(data).digest("hex");
    const right = {
        id,
        pod: "pod-1",
        bytes: body.length,
        sha1: sha1(body),
        waited_ms: waitMs,
        busy_ms: Number(query.get("busy_ms")),
    };
    const padding = "\n".repeat(Number(query.get("answer_kib")) * 1024);
    const send = (value: object) => socket.write(http("200 OK", JSON.stringify(value) + padding));
    switch (behaviour) {
        case "answer":
            // Node's timers may be a millisecond early. Whoever stops the server does not wait for them.
            setTimeout(send, waitMs + 1, right).unref();
            return;
        case "answer-and-close":
            socket.end(http("200 OK", JSON.stringify(right)));
            return;
        case "reset":
            socket.resetAndDestroy();
            return;
        case "close":
            socket.end();
            return;
        case "reset-in-answer":
        case "close-in-answer": {
            const text = http("200 OK", JSON.stringify(right));
            socket.write(text.slice(0, -10), () => {
                // The part has to be there before the reset, which would throw it away.
                setTimeout(() => (behaviour === "close-in-answer" ? socket.end() : socket.resetAndDestroy()), 50);
            });
            return;
        }
        case "bad-gateway":
            socket.write(http("502 Bad Gateway", "<html>"));
            return;
        case "no-http":
            socket.end("SSH-2.0-OpenSSH_9.9\r\n");
            return;
        case "other-page":
            socket.write(http("200 OK", "<h1>It answers.</h1>"));
            return;
        case "other-id":
            send({ ...right, id: "another" });
            return;
        case "half-body":
            send({ ...right, bytes: body.length / 2, sha1: sha1(body.subarray(body.length / 2)) });
            return;
        case "short-answer":
            socket.write(http("200 OK", JSON.stringify(right)));
            return;
        case "other-body":
            send({ ...right, sha1: sha1(Buffer.alloc(body.length)) });
            return;
        case "short-wait":
            send({ ...right, waited_ms: 5 });
            return;
        case "claimed-wait":
            send(right);
            return;
        case "no-work":
            send({ ...right, busy_ms: 0 });
            return;
        case "never":
            return;
    }
}

function http(status: string, body: string): string {
    return `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
