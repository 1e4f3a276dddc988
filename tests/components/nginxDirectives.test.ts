/** Directives of a stack's own, and those that are none of its affair. */
import { expect } from "chai";

import { headersOf, isDirective, problemsOfDirectives } from "../../components/nginxDirectives";
import { problemsOfService } from "../../components/problems";
import { resolveService } from "../../components/service";
import { nginxConf } from "../../components/specs/nginxConf";
import { baseNginx } from "../programs/playPod";

const messages = (server: readonly string[], http: readonly string[] = []) =>
    problemsOfDirectives({ http, server }).map(({ path, message }) => `${path}: ${message}`);

describe("isDirective", () => {
    it("takes one directive as nginx writes it", () => {
        for (const text of [
            "gzip_static on",
            'add_header A "b; {c} # d"',
            String.raw`add_header A 'it\'s'`,
            "add_header A ${host}b#c",
            String.raw`rewrite ^/a\;b$ /c`,
        ])
            expect(isDirective(text), text).to.equal(true);
    });

    it("takes nothing that ends it, begins a block, or hides what follows", () => {
        for (const text of [
            "",
            "gzip_static on;",
            "charset a; lua_code_cache off",
            "add_header A b } server {",
            "location / { return 200",
            'add_header A "b',
            "add_header A 'b",
            "add_header A b # c",
            "# a",
            "add_header A b\\",
            "add_header A\nb",
            'add_header A "b\nc"',
            "add_header A \u0000",
            " charset utf-8",
            `add_header A ${"x".repeat(4000)}`,
        ])
            expect(isDirective(text), JSON.stringify(text)).to.equal(false);
    });
});

describe("problemsOfDirectives", () => {
    it("refuses every directive that the stack itself has in these places, but for its own headers and rewrites", () => {
        const own = nginxConf({ ...baseNginx(), metrics: true, strippedPrefix: "/shop" })
            .split("\n")
            .flatMap((line) => /^ {4,8}([a-z_]+) .*;$/.exec(line)?.[1] ?? []);
        const names = [...new Set(own)].filter((name) => name !== "rewrite");
        expect(names.length).to.be.at.least(30);
        expect(messages(names.map((name) => `${name} on`))).to.have.length(names.length);
    });

    it("refuses what would load, replace or refuse, whatever its case", () => {
        const names = [
            "load_module",
            "include",
            "content_by_lua_file",
            "perl_set",
            "proxy_pass",
            "return",
            "deny",
            "Charset",
        ];
        expect(messages(names.map((name) => `${name} a`))).to.have.length(names.length);
        expect(messages(["constructor a", "__proto__ a"])).to.have.length(2);
    });

    it("refuses rewrites of the pod's own paths", () => {
        for (const pattern of ["^", ".*", "^(.*)$", "^/-/", "ready$", '"^/-/[a-z]{4}"', String.raw`\S+`])
            expect(messages([`rewrite ${pattern} /b permanent`])[0], pattern).to.include("which the kubelet asks");
        expect(messages(["rewrite ^/a$ /-/ready"])[0]).to.include("elsewhere than below /-/");
        for (const pattern of ["(?i)^/a$", String.raw`\A/-/ready`, "^/-/(?P<a>.*)", "[[:punct:]]-/"])
            expect(messages([`rewrite ${pattern} /b`])[0], pattern).to.include("as JavaScript has them");
        expect(messages(["rewrite ^/a$ /b permanent", "rewrite ^/c$ https://example.com/$request_uri"])).to.deep.equal(
            [],
        );
        expect(messages([], ["rewrite ^/a$ /b"])).to.deep.equal([
            "nginx.directives.http[0]: found rewrite. Allowed: in server.",
        ]);
    });

    it("refuses headers that the connection hangs on, in any case and quoted", () => {
        for (const text of ["Connection close", '"connection" close', "X-Accel-Buffering no", "Cache-Control no-store"])
            expect(messages([`add_header ${text}`]), text).to.have.length(1);
        expect(messages(["add_header A b never", "add_header A", "add_header A b always c"])).to.have.length(3);
    });

    it("refuses in each place what nginx takes once", () => {
        expect(messages(["charset utf-8"], ["charset utf-8"])).to.deep.equal([]);
        expect(messages(["charset utf-8", "add_header A b", "add_header A b", "charset latin1"])).to.deep.equal([
            "nginx.directives.server[3]: found charset once more. Remove one of them.",
        ]);
    });

    it("is asked by the component", () => {
        const problems = problemsOfService(resolveService("web", { nginx: { directives: { http: ["listen 80;"] } } }));
        expect(problems.map(({ path }) => path)).to.deep.equal(["nginx.directives.http[0]"]);
        expect(problems[0]?.message).to.match(/^found something else\. Allowed: one directive/);
    });
});

describe("headersOf", () => {
    it("has those of the nearest place that has any", () => {
        const [a, b, other] = ["add_header A a", "add_header B b", "charset utf-8"] as const;
        expect(headersOf({ http: [a, other], server: [] })).to.deep.equal([a]);
        expect(headersOf({ http: [a], server: [other, b] })).to.deep.equal([b]);
        expect(headersOf({ http: [], server: [] })).to.deep.equal([]);
    });
});
