import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";
import { parse } from "yaml";

import { traefikDefaults } from "../../../components/defaults";
import { parseImageReference, whyNotPinned } from "../../../components/units/imageReference";
import { dnsObjects } from "../../../tools/lab/cluster/objects";
import { groupOf, pypiGroups } from "../../../tools/lab/toolchain/catalogue";
import { parseRepositories, sourcesList } from "../../../tools/lab/images/debianSources";
import { adaptTemplate } from "../../../tools/lab/images/ingressTemplate";
import { nameImage, umociConfigArguments } from "../../../tools/lab/images/ociImage";
import {
    type ImageRecipe,
    parsePackageFileName,
    pauseImage,
    recipes,
    references,
    upstreamVersion,
} from "../../../tools/lab/images/recipes";
import { repositoryRoot } from "../../../tools/common/paths";

const recipe = (name: string): ImageRecipe => recipes.find((candidate) => candidate.name === name)!;

const versions: Readonly<Record<string, string>> = {
    nginx: "1.26.3-3+deb13u2",
    "php8.4-fpm": "8.4.28-1~deb13u1",
    catatonit: "0.2.1-2+b14",
};
const versionsInForky = { ...versions, nginx: "1.30.6-1" };

/** What a recipe's image is called when Debian has these versions. */
function referencesOf(each: ImageRecipe): readonly string[] {
    const ofRelease = each.release === "forky" ? versionsInForky : versions;
    return references(
        each,
        Object.entries(ofRelease).map(([name, version]) => ({ name, version })),
    );
}

describe("the lab's images", () => {
    describe("names", () => {
        it("reads apt's file names, with an epoch too", () => {
            expect(parsePackageFileName("nginx_1.26.3-3+deb13u2_amd64.deb")).to.deep.equal({
                name: "nginx",
                version: "1.26.3-3+deb13u2",
            });
            expect(parsePackageFileName("libbpf1_1%3a1.5.0-3_amd64.deb").version).to.equal("1:1.5.0-3");
            expect(() => parsePackageFileName("partial")).to.throw("partial is no package file's name");
        });

        it("takes what Debian added from a version", () => {
            expect(upstreamVersion("8.4.28-1~deb13u1")).to.equal("8.4.28");
            expect(upstreamVersion("1:1.5.0-3")).to.equal("1.5.0");
            expect(upstreamVersion("2.6.12-1+deb12u4")).to.equal("2.6.12");
            expect(upstreamVersion("1.6.20~ds1-1+deb12u3")).to.equal("1.6.20");
        });

        it("follow Debian's version, whole and in its first two numbers", () => {
            expect(referencesOf(recipe("php-fpm"))).to.deep.equal([
                "lab.local/php-fpm:8.4.28",
                "lab.local/php-fpm:8.4",
            ]);
            expect(references(recipe("metrics-server"), [])).to.deep.equal(["lab.local/metrics-server:v0.9.0"]);
            expect(() => references(recipe("php-fpm"), [])).to.throw("php8.4-fpm is not among the packages");
        });

        it("are pinned as in every stack", () => {
            for (const reference of recipes.flatMap(referencesOf)) {
                expect(whyNotPinned(reference), reference).to.equal(undefined);
            }
        });

        it("are those of stack lab, but for the third number of what is Debian's", () => {
            const text = readFileSync(join(repositoryRoot, "Pulumi.lab.yaml"), "utf8");
            const { config } = parse(text) as { config: Record<string, Record<string, unknown>> };
            const web = config["php-web-service:web"] as unknown as Record<"nginx" | "phpFpm", { image: string }>;
            const series = (reference: string): string => reference.replace(/(:\d+\.\d+)\.\d+$/, "$1");
            const made = recipes.flatMap(referencesOf);
            expect(made).to.include(series(web.nginx.image));
            expect(made).to.include(series(web.phpFpm.image));
            expect(made).to.include(config["php-web-service:metricsServer"]!["image"]);
            const { repository, tag } = config["php-web-service:ingressController"]!["image"] as Record<string, string>;
            expect(made).to.include(`${repository}:${tag}`);
        });

        it("have the Traefik of the component's default, as PyPI has it", () => {
            const version = pypiGroups.find(({ name }) => name === "traefik")?.version ?? "";
            expect(referencesOf(recipe("traefik"))).to.deep.equal([`lab.local/traefik:v${version}`]);
            expect(parseImageReference(traefikDefaults.image)?.tag).to.equal(`v${version}`);
        });

        it("have the one that containerd is told of for pods' namespaces", () => {
            expect(referencesOf(recipe("pause"))).to.include(pauseImage);
        });

        it("have CoreDNS as the toolchain pins it, and the cluster's DNS is of that", () => {
            const version = /coredns (v\S+)/.exec(
                readFileSync(join(groupOf("coredns").moduleFolder, "go.mod"), "utf8"),
            )?.[1];
            expect(referencesOf(recipe("coredns"))).to.deep.equal([`lab.local/coredns:${version ?? ""}`]);
            expect(JSON.stringify(dnsObjects)).to.include(`"image":"lab.local/coredns:${version ?? ""}"`);
        });

        it("are of nginx in two versions, of which the older is upgraded in drills", () => {
            expect(recipes.filter(({ name }) => name === "nginx").map(referencesOf)).to.deep.equal([
                ["lab.local/nginx:1.30.6", "lab.local/nginx:1.30"],
                ["lab.local/nginx:1.26.3", "lab.local/nginx:1.26"],
            ]);
        });

        it("are of a registry that does not exist", () => {
            for (const reference of recipes.flatMap(referencesOf)) {
                expect(parseImageReference(reference)?.repository).to.match(/^lab\.local\//);
            }
        });
    });

    describe("Debian's mirrors", () => {
        const output =
            "http://mirror.example/debian/|Debian\nhttp://mirror.example/debian/|Debian\n" +
            "http://security.example/|Debian-Security\n";

        it("are the machine's own, for another release", () => {
            const list = sourcesList(parseRepositories(output), "trixie").split("\n");
            const keyring = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg check-valid-until=no]";
            expect(list).to.deep.equal([
                `deb ${keyring} http://mirror.example/debian/ trixie main`,
                `deb ${keyring} http://mirror.example/debian/ trixie-updates main`,
                `deb ${keyring} http://security.example/ trixie-security main`,
                "",
            ]);
        });

        it("may lack the security archive, but not the main one", () => {
            expect(sourcesList([{ uri: "http://m/", label: "Debian" }], "trixie")).to.not.include("security");
            expect(() => sourcesList(parseRepositories(""), "trixie")).to.throw(/no mirror.*Mend: /s);
        });
    });

    describe("the controller's template", () => {
        const template =
            "# top\nhttp {\n    a;\n}\n\nstream {\n    lua_package_path x;\n    server {\n    }\n}\n\n{{ define }}\n";

        it("loads Debian's modules first, and needs no Lua in its stream part", () => {
            const adapted = adaptTemplate(template);
            expect(adapted).to.match(/^load_module .*ndk_http_module\.so;\nload_module .*lua_module\.so;/);
            expect(adapted).to.include("# top\nhttp {\n    a;\n}\n\nstream {\n");
            expect(adapted).to.include("listen 127.0.0.1:{{ .StreamPort }};");
            expect(adapted).to.match(/\n}\n\n\{\{ define \}\}\n$/);
            expect(adapted).to.not.include("lua_package_path x");
        });

        it("is refused where it has another form", () => {
            expect(() => adaptTemplate("http {\n}\n")).to.throw("has no block 'stream { ... }'");
        });
    });

    describe("OCI", () => {
        it("states what a container runs", () => {
            expect(umociConfigArguments(recipe("nginx").config)).to.include.members([
                "101:101",
                "SIGQUIT",
                "daemon off;",
            ]);
            for (const { name, config } of recipes) {
                expect(config.user, `${name} runs as a number, and not as root`).to.match(/^[1-9]\d*:[1-9]\d*$/);
            }
            for (const name of ["nginx", "php-fpm"]) expect(recipe(name).config.stopSignal, name).to.equal("SIGQUIT");
        });

        it("names one image as often as it has references, as containerd reads it", () => {
            const digest = `sha256:${"0".repeat(64)}`;
            const index = nameImage({ manifests: [{ digest }] }, ["lab.local/a:1.2.3", "lab.local/a:1.2"]);
            expect(index.manifests.map(({ digest: each }) => each)).to.deep.equal([digest, digest]);
            expect(index.manifests.map(({ annotations }) => annotations?.["io.containerd.image.name"])).to.deep.equal([
                "lab.local/a:1.2.3",
                "lab.local/a:1.2",
            ]);
            expect(() => nameImage({ manifests: [] }, ["lab.local/a:1"])).to.throw("0 images instead of one");
        });
    });
});
