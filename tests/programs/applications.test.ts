/** Applications as they are: paths, files, uploads, visitors. With the real nginx and php-fpm. */
import { symlinkSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { needs } from "../helpers/needs";
import { askPod } from "./playPod";
import type { Answer } from "./pod";
import { withFolder, writeFiles } from "./run";

/**
 * Tells which file has answered, and what PHP knows of the request. The pool is in the process's title; fpm_get_status() ends the
 * worker by SIGSEGV where another one has only just been forked (PHP 8.2).
 */
const page = (name: string) =>
    `<?php header('X-Answered-By: ${name}');\n` +
    `$pool = preg_replace('/^php-fpm: pool (\\w+).*$/s', '$1', file_get_contents('/proc/self/cmdline'));\n` +
    `echo json_encode(['by' => '${name}', 'pool' => $pool] + $_SERVER);\n`;

const told = ({ status, body }: Answer): Readonly<Record<string, unknown>> => {
    expect(status, body).to.equal(200);
    return JSON.parse(body) as Record<string, unknown>;
};

const by = ({ status, headers }: Answer) => headers?.["x-answered-by"] ?? status;

describe("applications in a pod of the real programs", function () {
    this.timeout(30_000);
    before(needs("nginx", "php-fpm", "ip", "network namespaces"));

    const site = {
        "index.php": page("front"),
        "other.php": page("other"),
        "admin/index.php": page("admin"),
        "admin/tool.php": page("tool"),
        "uploads/photo.jpg": "a photo",
        "uploads/x.php": page("uploaded"),
        "uploads/index.php": page("uploaded"),
        "uploads/2026/index.php": page("uploaded"),
        "index.php.bak": "<?php $password",
        "old.phtml": "<?php $password",
        "dump.sql": "INSERT INTO users",
        ".env": "SECRET=1",
        "app.css": "body {}",
        "app-3f2a9c1b.js": "a script",
        "robots.txt": "User-agent: *",
        "image/index.html": "no index of ours",
    };

    it("answers a folder by its index.php, and leads to it", async () => {
        const answers = await askPod(site, {
            root: { path: "/" },
            folder: { path: "/admin/" },
            beside: { path: "/admin?a=1" },
            file: { path: "/admin/tool.php?a=1" },
            withoutIndex: { path: "/image/" },
            none: { path: "/no/such/page" },
        });
        expect(by(answers.root)).to.equal("front");
        expect(told(answers.folder)).to.include({
            by: "admin",
            SCRIPT_NAME: "/admin/index.php",
            REQUEST_URI: "/admin/",
        });
        expect(answers.beside.status).to.equal(301);
        expect(answers.beside.headers?.["location"]).to.equal("/admin/?a=1");
        expect(told(answers.file)).to.include({ by: "tool", SCRIPT_NAME: "/admin/tool.php", QUERY_STRING: "a=1" });
        expect(by(answers.withoutIndex)).to.equal("front");
        expect(told(answers.none)).to.include({ by: "front", SCRIPT_NAME: "/index.php", REQUEST_URI: "/no/such/page" });
    });

    it("gives PHP files what follows them as PATH_INFO, and runs only what is a PHP file", async () => {
        const answers = await askPod(site, {
            front: { path: "/index.php/Foo/Bar?a=1" },
            other: { path: "/other.php/Foo" },
            twice: { path: "/other.php/a.php/b" },
            hidden: { path: "/uploads/photo.jpg/x.php" },
            missing: { path: "/nope.php" },
            plain: { path: "/other.php" },
        });
        const names = { SCRIPT_NAME: "/index.php", PATH_INFO: "/Foo/Bar", PHP_SELF: "/index.php/Foo/Bar" };
        expect(told(answers.front)).to.include({ by: "front", ...names });
        expect(told(answers.other)).to.include({ by: "other", PATH_INFO: "/Foo" });
        expect(told(answers.twice)).to.include({ by: "other", PATH_INFO: "/a.php/b" });
        expect(told(answers.hidden)).to.include({ by: "front", REQUEST_URI: "/uploads/photo.jpg/x.php" });
        expect(told(answers.hidden)).to.not.have.property("PATH_INFO");
        expect(told(answers.missing)).to.include({ by: "front", REQUEST_URI: "/nope.php" });
        expect(told(answers.plain)).to.not.have.property("PATH_INFO");
    });

    it("runs the front controller alone where the stack says so", async () => {
        const questions = {
            front: { path: "/index.php/Foo" },
            page: { path: "/shop" },
            uploaded: { path: "/uploads/x.php" },
            below: { path: "/uploads/x.php/y" },
            folder: { path: "/admin/" },
        };
        const any = await askPod(site, questions);
        expect([by(any.uploaded), by(any.folder)]).to.deep.equal(["uploaded", "admin"]);
        const alone = await askPod(site, questions, { phpFiles: "frontController" });
        expect([by(alone.front), by(alone.page), by(alone.folder)]).to.deep.equal(["front", "front", "front"]);
        expect(told(alone.front)).to.include({ PATH_INFO: "/Foo" });
        expect([alone.uploaded.status, alone.below.status]).to.deep.equal([404, 404]);
        expect(alone.uploaded.body).to.not.include("<?php");
    });

    it("never runs what is in a folder that PHP may write to", async () => {
        const answers = await askPod(
            site,
            {
                uploaded: { path: "/uploads/x.php" },
                below: { path: "/uploads/x.php/y" },
                photo: { path: "/uploads/photo.jpg" },
                other: { path: "/other.php" },
                folder: { path: "/uploads/" },
                within: { path: "/uploads/2026/" },
                beside: { path: "/uploads" },
                neighbour: { path: "/admin/" },
            },
            { writablePaths: ["uploads"] },
        );
        for (const name of ["folder", "within", "beside"] as const) expect(by(answers[name]), name).to.equal("front");
        expect(by(answers.neighbour)).to.equal("admin");
        expect([answers.uploaded.status, answers.below.status]).to.deep.equal([404, 404]);
        expect(answers.photo.body).to.equal("a photo");
        expect(by(answers.other)).to.equal("other");
    });

    it("adds the headers of a stack to pages, files and errors, and leads where it rewrites", async () => {
        const server = ["add_header X-Frame-Options DENY always", "rewrite ^/old/(.*)$ /admin/$1 permanent"];
        const questions = {
            page: { path: "/" },
            file: { path: "/robots.txt" },
            style: { path: "/app.css" },
            error: { path: "/missing.css" },
            old: { path: "/old/tool.php?a=1" },
        };
        const answers = await askPod(site, questions, {
            directives: { http: ["add_header X-From http"], server },
        });
        for (const [name, { headers }] of Object.entries(answers).filter(([each]) => each in questions))
            expect(headers?.["x-frame-options"], name).to.equal("DENY");
        expect(answers.style.headers).to.include({ "cache-control": "max-age=600" }).and.not.have.property("x-from");
        expect(answers.old.status).to.equal(301);
        expect(answers.old.headers?.["location"]).to.equal("/admin/tool.php?a=1");

        const outer = await askPod(site, questions, { directives: { http: ["add_header X-From http"], server: [] } });
        expect([outer.page.headers?.["x-from"], outer.file.headers?.["x-from"]]).to.deep.equal(["http", "http"]);
    });

    it("rewrites what is left of a path once its prefix is cut off", async () => {
        const directives = { http: [], server: ["rewrite ^/panel/(.*)$ /admin/$1 last"] };
        const answers = await askPod(
            site,
            { cut: { path: "/shop/panel/tool.php/a" } },
            { strippedPrefix: "/shop", directives },
        );
        expect(told(answers.cut)).to.include({ by: "tool", PATH_INFO: "/a" });
    });

    it("does not send sources, copies and dumps, and asks the application for such a path of its own", async () => {
        const answers = await askPod(site, {
            copy: { path: "/index.php.bak" },
            other: { path: "/old.phtml" },
            dump: { path: "/dump.sql" },
            capitals: { path: "/dump.SQL" },
            hidden: { path: "/.env" },
            own: { path: "/reports/today.sql" },
            text: { path: "/robots.txt" },
        });
        for (const name of ["copy", "other", "dump", "hidden"] as const)
            expect(answers[name].status, name).to.equal(404);
        expect([by(answers.capitals), by(answers.own)]).to.deep.equal(["front", "front"]);
        expect(answers.text.body).to.equal("User-agent: *");
    });

    it("answers what looks like a file of the page and is none with 404, or lets the application make it", async () => {
        const questions = {
            style: { path: "/missing.css" },
            script: { path: "/app-9f3c.js" },
            there: { path: "/app.css" },
        };
        const answers = await askPod(site, questions);
        expect([answers.style.status, answers.script.status]).to.deep.equal([404, 404]);
        expect(answers.there.body).to.equal("body {}");
        const made = await askPod(site, questions, { missingAssets: "application" });
        expect([by(made.style), by(made.script), made.there.body]).to.deep.equal(["front", "front", "body {}"]);
    });

    it("sends what other releases have in the folders that are kept, after its own, with the same headers, and nothing else", async () => {
        await withFolder(async (kept) => {
            writeFiles(kept, {
                "build/app.1111aaaa.css": "body {}".repeat(300),
                "build/app.2222bbbb.css": "not the pod's own",
                "build/deep/er/data.1111aaaa.json": "{}",
                "build/tool.php": page("kept"),
                "build/tool.phtml": page("kept"),
                "build/.env": "SECRET=1",
                "build/.vite/manifest.json": "{}",
                "builder/app.1111aaaa.css": "not below a folder that is kept",
                "other/app.1111aaaa.css": "nor this one",
                "dxst/app.1111aaaa.css": "of d.st, whose dot is one",
            });
            symlinkSync("/etc/passwd", join(kept, "build/passwd.css"));
            symlinkSync("/etc", join(kept, "build/etc"));
            const own = {
                ...site,
                "build/app.2222bbbb.css": "the pod's own",
                "build/there.php": page("there"),
            };
            const questions = {
                kept: { path: "/build/app.1111aaaa.css", headers: { "Accept-Encoding": "gzip" } },
                own: { path: "/build/app.2222bbbb.css" },
                data: { path: "/build/deep/er/data.1111aaaa.json?v=1" },
                head: { path: "/build/app.1111aaaa.css", method: "HEAD" },
                missing: { path: "/build/app.3333cccc.css" },
                page: { path: "/build/page" },
                folder: { path: "/build/" },
                php: { path: "/build/tool.php" },
                phtml: { path: "/build/tool.phtml" },
                ownPhp: { path: "/build/there.php" },
                hidden: { path: "/build/.env" },
                manifest: { path: "/build/.vite/manifest.json" },
                beside: { path: "/builder/app.1111aaaa.css" },
                other: { path: "/other/app.1111aaaa.css" },
                dot: { path: "/dxst/app.1111aaaa.css" },
                up: { path: "/build/../other/app.1111aaaa.css" },
                encoded: { path: "/build/%2e%2e/other/app.1111aaaa.css" },
                link: { path: "/build/passwd.css" },
                way: { path: "/build/etc/passwd" },
            };
            const keptAssets = { paths: ["build", "dist/assets", "d.st"], folder: kept };
            const answers = await askPod(own, questions, {
                keptAssets,
                directives: { http: [], server: ["add_header X-Frame-Options DENY always"] },
            });
            expect(answers.kept.body).to.equal("body {}".repeat(300));
            for (const name of ["kept", "own", "data", "head"] as const) {
                const { status, headers } = answers[name];
                expect(status, name).to.equal(200);
                expect(headers, name)
                    .to.include({ "cache-control": "max-age=31536000, immutable", "x-frame-options": "DENY" })
                    .and.not.have.any.keys("last-modified", "etag");
            }
            expect(answers.kept.headers).to.include({ "content-type": "text/css", "content-encoding": "gzip" });
            expect(answers.data.headers).to.include({ "content-type": "application/json" });
            expect(answers.own.body).to.equal("the pod's own");
            for (const name of [
                "missing",
                "hidden",
                "manifest",
                "beside",
                "other",
                "dot",
                "up",
                "encoded",
                "link",
            ] as const)
                expect(answers[name].status, name).to.equal(404);
            for (const name of ["page", "folder", "php", "phtml", "way"] as const)
                expect(by(answers[name]), name).to.equal("front");
            expect(by(answers.ownPhp)).to.equal("there");

            const made = await askPod(own, questions, { keptAssets, missingAssets: "application" });
            expect([by(made.missing), made.kept.status, made.own.body]).to.deep.equal(["front", 200, "the pod's own"]);
            const cut = await askPod(
                own,
                { kept: { path: "/shop/build/app.1111aaaa.css" }, own: { path: "/shop/build/app.2222bbbb.css" } },
                { keptAssets, strippedPrefix: "/shop" },
            );
            expect([cut.kept.status, cut.own.body]).to.deep.equal([200, "the pod's own"]);
            const without = await askPod(own, { kept: questions.kept, data: questions.data });
            expect([without.kept.status, by(without.data)]).to.deep.equal([404, "front"]);
        });
    });

    it("lets browsers keep a file whose name has a hash for a year, others for minutes, and tells no time of it", async () => {
        const answers = await askPod(
            {
                ...site,
                "logo-a1b2c3d4e5.png": "a logo",
                "main.BxK3_a9Z.js": "a script",
                "jquery-validate.js": "a script",
                "IMG-20240101.jpg": "a photo",
            },
            {
                hashed: { path: "/app-3f2a9c1b.js" },
                logo: { path: "/logo-a1b2c3d4e5.png" },
                vite: { path: "/main.BxK3_a9Z.js" },
                words: { path: "/jquery-validate.js" },
                date: { path: "/IMG-20240101.jpg" },
                plain: { path: "/robots.txt" },
                again: { path: "/app.css", headers: { "If-Modified-Since": "Thu, 01 Jan 2099 00:00:00 GMT" } },
                php: { path: "/" },
            },
        );
        const year = "max-age=31536000, immutable";
        for (const name of ["hashed", "logo", "vite"] as const)
            expect(answers[name].headers?.["cache-control"], name).to.equal(year);
        for (const name of ["words", "date", "plain", "again"] as const) {
            expect(answers[name].headers?.["cache-control"], name).to.equal("max-age=600");
            expect(answers[name].headers, name).to.not.have.any.keys("etag", "last-modified");
            expect(answers[name].status, name).to.equal(200);
        }
        expect(answers.php.headers).to.not.have.property("cache-control");
    });

    it("compresses text, and not what is small or compressed already", async () => {
        const gzip = { "Accept-Encoding": "gzip" };
        const files = {
            ...site,
            "long.css": "a { color: red }\n".repeat(500),
            "long.png": ".".repeat(9000),
            "long.php": "<?php header('Content-Type: application/json'); echo json_encode(range(1, 2000));",
        };
        const questions = {
            style: { path: "/long.css", headers: gzip },
            json: { path: "/long.php", headers: gzip },
            image: { path: "/long.png", headers: gzip },
            small: { path: "/app.css", headers: gzip },
            unasked: { path: "/long.css" },
        };
        const answers = await askPod(files, questions);
        const encoding = (answer: Answer) => answer.headers?.["content-encoding"];
        expect([encoding(answers.style), encoding(answers.json)]).to.deep.equal(["gzip", "gzip"]);
        expect(answers.style.body).to.equal(files["long.css"]);
        expect(answers.style.headers?.["vary"]).to.equal("Accept-Encoding");
        for (const name of ["image", "small", "unasked"] as const)
            expect(encoding(answers[name]), name).to.equal(undefined);
        expect(encoding((await askPod(files, questions, { gzip: false })).style)).to.equal(undefined);
    });

    describe("tells PHP who asks", () => {
        const visitor = {
            "X-Forwarded-For": "203.0.113.7",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Port": "8443",
            Host: "www.example.com",
        };
        const nginx = { trustedProxies: ["127.0.0.2/32", "10.0.0.0/8"] };

        it("by what the proxy in front says, and nobody else", async () => {
            const answers = await askPod(
                site,
                {
                    proxied: { path: "/", headers: visitor, from: "127.0.0.2" },
                    plain: {
                        path: "/",
                        headers: { ...visitor, "X-Forwarded-Proto": "http", "X-Forwarded-Port": "80" },
                        from: "127.0.0.2",
                    },
                    withoutPort: { path: "/", headers: { "X-Forwarded-Proto": "https" }, from: "127.0.0.2" },
                    wrongPort: { path: "/", headers: { ...visitor, "X-Forwarded-Port": "a;b" }, from: "127.0.0.2" },
                    forged: { path: "/", headers: visitor, from: "127.0.0.3" },
                },
                nginx,
            );
            expect(told(answers.proxied)).to.include({
                REMOTE_ADDR: "203.0.113.7",
                SERVER_PORT: "8443",
                REQUEST_SCHEME: "https",
                HTTPS: "on",
                SERVER_NAME: "www.example.com",
            });
            const plain = told(answers.plain);
            expect(plain).to.include({ REMOTE_ADDR: "203.0.113.7", SERVER_PORT: "80", REQUEST_SCHEME: "http" });
            expect(plain).to.not.have.property("HTTPS");
            expect(told(answers.withoutPort)).to.include({ SERVER_PORT: "443", REMOTE_ADDR: "127.0.0.2" });
            expect(told(answers.wrongPort)).to.include({ SERVER_PORT: "443" });
            const forged = told(answers.forged);
            expect(forged).to.include({ REMOTE_ADDR: "127.0.0.3", SERVER_PORT: "80", REQUEST_SCHEME: "http" });
            expect(forged).to.not.have.property("HTTPS");
        });

        it("by the last address that the proxy tells, or through a chain of proxies that are all trusted", async () => {
            const headers = { "X-Forwarded-For": "198.51.100.1, 203.0.113.7, 10.0.0.9" };
            const question = { chain: { path: "/", headers, from: "127.0.0.2" } };
            expect(told((await askPod(site, question, nginx)).chain)).to.include({ REMOTE_ADDR: "10.0.0.9" });
            const chained = await askPod(site, question, { ...nginx, proxiesInChain: true });
            expect(told(chained.chain)).to.include({ REMOTE_ADDR: "203.0.113.7" });
        });

        it("and believes the kubelet's probe, which comes from the node", async () => {
            const forwarded = { headers: { "X-Forwarded-Proto": "https" }, from: "127.0.0.3" };
            const questions = {
                probe: { path: "/-/ready", ...forwarded },
                visitor: { path: "/healthz", ...forwarded },
            };
            const { probe, visitor } = await askPod(site, questions, nginx);
            expect(told(probe)).to.include({ HTTPS: "on", by: "front" });
            expect(told(visitor)).to.include({ REQUEST_SCHEME: "http" });
        });

        it("and lets no visitor have readiness' own worker: proxies say for whom they ask", async () => {
            const headers = { "X-Forwarded-For": "203.0.113.7" };
            const { ready } = await askPod(site, { ready: { path: "/-/ready", headers, from: "127.0.0.2" } }, nginx);
            expect(ready.status).to.equal(404);
        });
    });

    describe("sends the visitors of other hosts on to the first", () => {
        const nginx = {
            trustedProxies: ["127.0.0.2/32"],
            servedHosts: ["www.example.com", "shop.example.com"],
            redirectedHosts: ["example.com", "*.example.org"],
        };
        const to = (Host: string, path: string, more = {}) => ({ path, headers: { Host, ...more } });
        const from = "127.0.0.2";

        it("for good, with scheme, path and query, and nothing of the pod's own", async () => {
            const https = { "X-Forwarded-Proto": "https", "X-Forwarded-Port": "443" };
            const answers = await askPod(
                site,
                {
                    plain: to("example.com", "/"),
                    secure: { ...to("example.com", "/a%20b//c.php/d?e=1&f=%2F&g", https), from },
                    forged: to("example.com", "/", https),
                    port: to("EXAMPLE.com:8080", "/other.php?a"),
                    wildcard: { ...to("a.b.example.org", "/app.css", https), from },
                    form: { ...to("example.com", "/"), body: "a=1" },
                },
                nginx,
            );
            const location = ({ status, headers }: Answer) => [status, headers?.["location"]];
            expect(location(answers.plain)).to.deep.equal([308, "http://www.example.com/"]);
            expect(location(answers.secure)).to.deep.equal([308, "https://www.example.com/a%20b//c.php/d?e=1&f=%2F&g"]);
            expect(location(answers.forged)).to.deep.equal([308, "http://www.example.com/"]);
            expect(location(answers.port)).to.deep.equal([308, "http://www.example.com/other.php?a"]);
            expect(location(answers.wildcard)).to.deep.equal([308, "https://www.example.com/app.css"]);
            expect(location(answers.form)).to.deep.equal([308, "http://www.example.com/"]);
        });

        it("and answers those of its own hosts, and the kubelet, itself", async () => {
            const questions = {
                first: to("www.example.com", "/"),
                further: to("shop.example.com", "/"),
                health: to("www.example.com", "/healthz"),
                alive: to("10.1.2.3:8080", "/-/alive"),
            };
            const wildcard = { ...nginx, redirectedHosts: ["*.example.com"] };
            for (const input of [nginx, wildcard]) {
                const answers = await askPod(site, questions, input);
                for (const name of ["first", "further", "health"] as const)
                    expect(by(answers[name]), name).to.equal("front");
                expect(told(answers.further)).to.include({ HTTP_HOST: "shop.example.com" });
                expect(answers.alive.body).to.equal("alive\n");
            }
            const other = await askPod(site, { other: to("old.example.com", "/") }, wildcard);
            expect(other.other.status).to.equal(308);
        });
    });

    it("asks for its health by a path of the front controller, or by a PHP file of its own", async () => {
        const questions = { ready: { path: "/-/ready" } };
        const path = await askPod(site, questions, { healthPath: "/up" });
        expect(told(path.ready)).to.include({ by: "front", SCRIPT_NAME: "/index.php", REQUEST_URI: "/up" });
        const file = await askPod(site, questions, { healthPath: "/other.php" });
        expect(told(file.ready)).to.include({ by: "other", SCRIPT_NAME: "/other.php", REQUEST_URI: "/other.php" });
    });

    it("keeps the worker of readiness for that: visitors of the health path get one as any other page's", async () => {
        const questions = { page: { path: "/" }, ready: { path: "/-/ready" } };
        const { page, ready } = await askPod(site, questions, { healthPath: "/" });
        expect(told(page)).to.include({ by: "front", pool: "www" });
        expect(told(ready)).to.include({ by: "front", pool: "readiness", REQUEST_URI: "/" });
    });

    it("takes uploads of one size, at nginx and in PHP", async () => {
        const upload = (bytes: number) => {
            const head = 'Content-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: a/b';
            return {
                path: "/upload.php",
                headers: { "Content-Type": "multipart/form-data; boundary=b" },
                body: `--b\r\n${head}\r\n\r\n${".".repeat(bytes)}\r\n--b--\r\n`,
            };
        };
        const files = {
            "index.php": page("front"),
            "upload.php": "<?php echo $_FILES['file']['error'] ?? 'none', ' ', $_FILES['file']['size'] ?? 0;",
        };
        const sizes = { three: upload(3 << 20), six: upload(6 << 20), more: upload(9 << 20) };
        const answers = await askPod(files, sizes);
        expect(answers.three.body).to.equal(`0 ${3 << 20}`);
        expect(answers.six.body).to.equal(`0 ${6 << 20}`);
        expect(answers.more.status).to.equal(413);
        const larger = await askPod(files, sizes, { clientMaxBodySize: "10m" }, { clientMaxBodySize: "10m" });
        expect(larger.more.body).to.equal(`0 ${9 << 20}`);
    });

    it("passes 15 kB of cookies in, and 15 kB of headers out", async () => {
        const files = {
            "index.php":
                "<?php header('X-Cookie-Bytes: ' . strlen($_SERVER['HTTP_COOKIE'] ?? '')); header('X-Long: ' . str_repeat('a', 15000));",
        };
        const cookies = (bytes: number) => ({ path: "/", headers: { Cookie: `a=${"b".repeat(bytes)}` } });
        const answers = await askPod(files, { many: cookies(15_000), tooMany: cookies(17_000) });
        expect(answers.many.headers?.["x-cookie-bytes"]).to.equal("15002");
        expect(answers.many.headers?.["x-long"]).to.have.length(15_000);
        expect(answers.tooMany.status).to.equal(400);
        const more = await askPod(files, { tooMany: cookies(17_000) }, { headerSize: "24k" });
        expect(more.tooMany.status).to.equal(200);
    });

    it("logs what PHP reports once, and whole", async () => {
        const files = {
            "index.php":
                "<?php if ($_SERVER['REQUEST_URI'] === '/') error_log('begin ' . str_repeat('trace ', 5000) . 'end');",
        };
        const { nginx, phpFpm } = await askPod(files, { page: { path: "/" } });
        expect(phpFpm.body.match(/begin /g)).to.have.length(1);
        expect(phpFpm.body).to.match(/begin (trace ){5000}end\n/);
        expect(nginx.body).to.not.include("trace");
    });

    it("hides a path prefix from the application, and leads to it with the slash", async () => {
        const answers = await askPod(
            { ...site, "shop/index.php": page("shop") },
            {
                page: { path: "/shop/basket/7?a=1" },
                root: { path: "/shop/" },
                withoutSlash: { path: "/shop?a=1" },
                file: { path: "/shop/app.css" },
                php: { path: "/shop/other.php/Foo" },
                folder: { path: "/shop/admin" },
                twice: { path: "/shop/shop/" },
                health: { path: "/-/ready" },
                alive: { path: "/-/alive" },
                other: { path: "/shopping" },
            },
            { strippedPrefix: "/shop", healthPath: "/shop/up" },
        );
        const prefix = { HTTP_X_FORWARDED_PREFIX: "/shop" };
        expect(told(answers.page)).to.include({
            by: "front",
            REQUEST_URI: "/basket/7?a=1",
            QUERY_STRING: "a=1",
            ...prefix,
        });
        expect(told(answers.root)).to.include({ by: "front", REQUEST_URI: "/" });
        expect(answers.withoutSlash).to.include({ status: 301 });
        expect(answers.withoutSlash.headers?.["location"]).to.equal("/shop/?a=1");
        expect(answers.file.body).to.equal("body {}");
        expect(told(answers.php)).to.include({ by: "other", SCRIPT_NAME: "/other.php", PATH_INFO: "/Foo" });
        expect(answers.folder.headers?.["location"]).to.equal("/shop/admin/");
        expect(told(answers.twice)).to.include({ by: "shop", SCRIPT_NAME: "/shop/index.php" });
        expect(told(answers.health)).to.include({ by: "front", pool: "readiness", REQUEST_URI: "/shop/up" });
        expect(answers.alive.body).to.equal("alive\n");
        expect(told(answers.other)).to.include({ by: "front", REQUEST_URI: "/shopping" });
    });

    it("leaves every name to the application but those below /-/", async () => {
        const answers = await askPod(site, {
            ping: { path: "/ping" },
            status: { path: "/status" },
            own: { path: "/-/merge_requests" },
            reserved: { path: "/-/ping" },
        });
        expect([by(answers.ping), by(answers.status), by(answers.own)]).to.deep.equal(["front", "front", "front"]);
        expect(answers.reserved.body).to.equal("pong");
    });
});
