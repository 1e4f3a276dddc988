import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { expect } from "chai";

import { closingLifecycle, closingSnippets } from "../../components/specs/closingConnections";
import { needs } from "../helpers/needs";

/** Debian's nginx has its own in a folder that is root's. */
const temporaryPaths = (folder: string) =>
    ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map((what) => `${what}_temp_path ${folder}/${what};`)
        .join(" ");

/** The real nginx with the controller's snippets where the controller's template has them. */
describe("connections of an ingress-nginx controller that ends", () => {
    let folder: string;
    let nginx: ChildProcess;
    const mark = () => join(folder, "closing");

    before(needs("nginx"));

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "php-web-service-closing-"));
        // nginx' workers are somebody else, and look for the mark.
        chmodSync(folder, 0o755);
        const snippets = closingSnippets({ "server-snippet": "add_header X-Own yes;" });
        const inFolder = (text: string) => text.replaceAll("/tmp/closing", mark());
        writeFileSync(
            join(folder, "nginx.conf"),
            `daemon off;
            pid ${folder}/nginx.pid;
            error_log stderr;
            events {}
            http {
                access_log off;
                ${temporaryPaths(folder)}
                ${inFolder(snippets["http-snippet"])}
                server {
                    listen unix:${folder}/http.sock;
                    listen unix:${folder}/http2.sock http2;
                    ${inFolder(snippets["server-snippet"])}
                    location / { return 200 "ok"; }
                    location /gone { return 503; }
                }
            }`,
        );
        let output = "";
        nginx = spawn("nginx", ["-c", join(folder, "nginx.conf")], { stdio: ["ignore", "ignore", "pipe"] });
        nginx.stderr?.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
        while (!existsSync(join(folder, "http2.sock"))) {
            if (nginx.exitCode !== null) throw new Error(`nginx ended with ${nginx.exitCode}:\n${output}`);
            await sleep(20);
        }
    });

    after(async () => {
        if (nginx.kill("SIGTERM")) await once(nginx, "exit");
        rmSync(folder, { recursive: true });
    });

    afterEach(() => {
        rmSync(mark(), { force: true });
    });

    const headersOf = async (path = "/") => {
        const sent = request({
            socketPath: join(folder, "http.sock"),
            path,
            headers: { connection: "keep-alive" },
        }).end();
        const [response] = (await once(sent, "response")) as [NodeJS.ReadableStream & { rawHeaders: string[] }];
        response.resume();
        const { rawHeaders } = response;
        return rawHeaders.flatMap((name, i) =>
            i % 2 === 0 && /^(connection|x-own)$/i.test(name) ? [`${name}: ${rawHeaders[i + 1] ?? ""}`] : [],
        );
    };

    it("are kept while it serves", async () => {
        expect(await headersOf()).to.deep.equal(["Connection: keep-alive", "X-Own: yes"]);
    });

    it("are closed by the client after its next answer, of whatever status, from the hook's mark on", async () => {
        writeFileSync(mark(), "");
        for (const path of ["/", "/gone"]) expect(await headersOf(path)).to.include("Connection: close");
    });

    it("have no such header in HTTP/2, which forbids it", async () => {
        writeFileSync(mark(), "");
        const session = connectHttp2("http://localhost", {
            createConnection: () => connect(join(folder, "http2.sock")),
        });
        const stream = session.request({ ":path": "/" });
        const [headers] = (await once(stream, "response")) as [Readonly<Record<string, string>>];
        stream.resume();
        await once(stream, "end");
        session.close();
        expect(headers[":status"]).to.equal(200);
        expect(headers).to.not.have.property("connection");
    });

    it("are marked by the hook before it ends the controller", () => {
        const command = closingLifecycle.preStop as { readonly exec: { readonly command: readonly string[] } };
        expect(command.exec.command).to.deep.equal(["/bin/sh", "-c", ": >/tmp/closing; exec /wait-shutdown"]);
    });
});
