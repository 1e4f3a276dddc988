/** What of a request arrives at an application behind ingress-nginx, and what of its answer at the visitor. */
import { type IncomingHttpHeaders, request } from "node:http";

import { expect } from "chai";

import { sleep } from "../../tools/common/commands";
import { hostAddress } from "../../tools/lab/cluster/network";
import { phpFpm, type ImageRecipe } from "../../tools/lab/images/recipes";
import { Lab } from "./lab";

/** Pages that tell what arrives at an application. */
const pages: ImageRecipe = {
    ...phpFpm,
    name: "pages",
    version: { fixed: "1.0" },
    finish: [...phpFpm.finish, "tests/cluster/pages/finish.sh"],
};

interface Answer {
    readonly status: number;
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
    /** From the first bytes of the body to its end. Seconds. */
    readonly lastedSeconds: number;
}

const prefix = "/pages";

describe("an application behind ingress-nginx", function () {
    this.timeout(300_000);
    let lab: Lab;

    before(async () => {
        lab = await Lab.open();
        const image = await lab.importImage(pages);
        await lab.deploy((web) => {
            web["path"] = prefix;
            web["stripPathPrefix"] = true;
            web["app"] = { source: "phpFpmImage", documentRoot: "/srv/pages" };
            web["phpFpm"] = { ...(web["phpFpm"] as object), image };
        });
        // Each controller reads the changed Ingress when it has heard of it.
        await lab.until(
            30,
            () => lab.badAnswersDuring(() => sleep(2), `${prefix}/`),
            (bad) => bad.length === 0,
        );
    });

    after(async () => {
        await lab.deploy();
    });

    const visit = (path: string, headers: Readonly<Record<string, string>> = {}, body?: Buffer) =>
        new Promise<Answer>((resolve, reject) => {
            const method = body === undefined ? "GET" : "POST";
            const sent = request(
                new URL(`${prefix}${path}`, lab.url),
                { method, headers, agent: false },
                (response) => {
                    let text = "";
                    let firstAt = 0;
                    response.setEncoding("utf8").on("data", (chunk: string) => {
                        if (text === "") firstAt = performance.now();
                        text += chunk;
                    });
                    response.on("end", () => {
                        const lastedSeconds = (performance.now() - firstAt) / 1000;
                        resolve({
                            status: response.statusCode ?? 0,
                            headers: response.headers,
                            body: text,
                            lastedSeconds,
                        });
                    });
                    response.on("error", reject);
                },
            );
            sent.on("error", reject).end(body);
        });

    /** What PHP knows of a request. */
    const told = async (path: string, headers: Readonly<Record<string, string>> = {}, body?: Buffer) => {
        const answer = await visit(path, headers, body);
        expect(answer.status, answer.body).to.equal(200);
        return JSON.parse(answer.body) as Readonly<Record<string, string | number>>;
    };

    it("knows its visitor, and believes nobody who says to be another", async () => {
        const visitor = { REMOTE_ADDR: hostAddress, SERVER_PORT: "80", REQUEST_SCHEME: "http" };
        expect(await told("/")).to.include(visitor);
        const forged = { "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "X-Real-IP": "203.0.113.7" };
        expect(await told("/", forged))
            .to.include(visitor)
            .and.not.have.property("HTTPS");
    });

    it("knows the prefix that is cut off, which leads to it without its slash too", async () => {
        expect(await told("/a/b?c=d")).to.include({
            REQUEST_URI: "/a/b?c=d",
            QUERY_STRING: "c=d",
            HTTP_X_FORWARDED_PREFIX: prefix,
        });
        const { status, headers } = await visit("");
        expect([status, headers.location]).to.deep.equal([301, `${prefix}/`]);
    });

    it("has folders with an index of their own, and paths behind a PHP file", async () => {
        expect((await visit("/admin/")).body).to.equal("the administration");
        const { status, headers } = await visit("/admin");
        expect([status, headers.location]).to.deep.equal([301, `${prefix}/admin/`]);
        expect(await told("/index.php/Foo/Bar")).to.include({ PATH_INFO: "/Foo/Bar" });
    });

    it("gets 15 kB of cookies, and answers with 15 kB of headers", async () => {
        const cookie = `session=${"c".repeat(15_000)}`;
        expect(await told("/", { Cookie: cookie })).to.include({ cookies: cookie.length });
        const { status, headers } = await visit("/headers.php?kib=14");
        expect(status).to.equal(200);
        expect(Object.keys(headers).filter((name) => name.startsWith("x-tag-"))).to.have.length(14);
    });

    it("takes uploads up to the size that the stack names, and says of larger ones that they are", async () => {
        const upload = (bytes: number) => {
            const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n';
            const body = Buffer.concat([Buffer.from(head), Buffer.alloc(bytes, "u"), Buffer.from("\r\n--b--\r\n")]);
            return visit("/upload.php", { "Content-Type": "multipart/form-data; boundary=b" }, body);
        };
        for (const bytes of [3_000_000, 8_000_000]) {
            expect(await upload(bytes)).to.include({ status: 200, body: `0 ${bytes}` });
        }
        expect((await upload(8_500_000)).status).to.equal(413);
    });

    it("streams events as it writes them", async () => {
        const { body, lastedSeconds } = await visit("/events.php");
        expect(body).to.equal("data: first\n\ndata: last\n\n");
        expect(lastedSeconds).to.be.above(1.5);
    });

    it("has its style sheets sent by nginx, compressed, and is not asked for those that are missing", async () => {
        const found = await visit("/app.css", { "Accept-Encoding": "gzip" });
        expect([found.status, found.headers["content-encoding"]]).to.deep.equal([200, "gzip"]);
        const missing = await visit("/app-9f3c.css");
        expect(missing.status).to.equal(404);
        expect(missing.body).to.include("nginx").and.not.include("REQUEST_URI");
    });
});
