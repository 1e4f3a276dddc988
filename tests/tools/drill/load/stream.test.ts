import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { meets } from "../../../../tools/common/build/onPath";
import { attacksOf, requestUrl, type Stream } from "../../../../tools/drill/load/stream";
import { vegetaBuild, vegetaRequirement } from "../../../../tools/drill/load/vegeta";

const stream: Stream = { name: "steady", requestsPerSecond: 180, seconds: 60, deadlineSeconds: 10 };

describe("a stream of load", () => {
    it("is split by connections and methods, and its GETs are all on new connections", () => {
        const attacks = attacksOf({ ...stream, postShare: 0.9, newConnectionShare: 0.3 });
        expect(
            attacks.map(({ method, isKeepAlive, requestsPerSecond, bodyBytes }) => ({
                method,
                isKeepAlive,
                bodyBytes,
                rate: Number(requestsPerSecond.toFixed(6)),
            })),
        ).to.deep.equal([
            { method: "POST", isKeepAlive: true, bodyBytes: 4096, rate: 126 },
            { method: "POST", isKeepAlive: false, bodyBytes: 4096, rate: 36 },
            { method: "GET", isKeepAlive: false, bodyBytes: 0, rate: 18 },
        ]);
        const ids = attacks.flatMap(({ id }) => [0, 1, 2].map(id));
        expect(new Set(ids).size).to.equal(9);
    });

    it("is of POSTs on kept connections where nothing else is said", () => {
        const [attack, ...others] = attacksOf({ ...stream, requestsPerSecond: 0.25 });
        expect(others).to.deep.equal([]);
        expect(attack).to.deep.include({ method: "POST", isKeepAlive: true, requestsPerSecond: 0.25 });
    });

    it("asks a page by GETs on new connections, each with an id of its own", () => {
        const target = { url: "http://127.0.0.1:8088/", host: undefined };
        for (const [path, url] of [
            ["/shop", "http://127.0.0.1:8088/shop?drill=steady-3"],
            ["/shop?lang=en", "http://127.0.0.1:8088/shop?lang=en&drill=steady-3"],
        ] as const) {
            const [attack, ...others] = attacksOf({ ...stream, page: { path, expected: "Welcome" } });
            expect(others).to.deep.equal([]);
            expect(attack).to.include({ method: "GET", isKeepAlive: false, requestsPerSecond: 180 });
            expect(requestUrl(target, attack!, attack!.id(3))).to.equal(url);
        }
    });

    const refused: readonly (readonly [Partial<Stream>, string])[] = [
        [
            { postShare: 0.8, newConnectionShare: 0.1 },
            "stream steady: 20 % of its requests are GETs and 10 % on new connections. GETs go on new connections only, " +
                "since a lost one on a kept connection would be repeated unseen.",
        ],
        [{ requestsPerSecond: 2001 }, "stream steady: requestsPerSecond is 2001. Allowed: 0.001 to 2000."],
        [{ requestsPerSecond: NaN }, "stream steady: requestsPerSecond is NaN. Allowed: 0.001 to 2000."],
        [{ seconds: 7201 }, "stream steady: seconds is 7201. Allowed: 1 to 7200."],
        [{ waitSeconds: 11 }, "stream steady: waitSeconds is 11. Allowed: 0 to 10."],
        [{ postShare: -0.1 }, "stream steady: postShare is -0.1. Allowed: 0 to 1."],
        [{ page: { path: "shop", expected: "a" } }, "stream steady: page.path is shop. It begins with /"],
        [{ page: { path: "/", expected: "" } }, "stream steady: page.expected is empty: any answer would be right."],
        [{ page: { path: "/", expected: "a" }, postShare: 0.5 }, "stream steady: a page takes no POST"],
        [{ page: { path: "/", expected: "a" }, waitSeconds: 1 }, "stream steady: a page takes no POST, no wait"],
        [{ name: "a&b" }, "stream a&b: its name is not of small letters, digits and hyphens alone."],
    ];
    for (const [change, message] of refused) {
        it(`is refused with ${JSON.stringify(change)}`, () => {
            expect(() => attacksOf({ ...stream, ...change })).to.throw(RangeError, message);
        });
    }
});

describe("vegeta", () => {
    it("is built at the version that its go.mod pins", () => {
        const goMod = readFileSync(join(vegetaBuild.moduleFolder, "go.mod"), "utf8");
        const { package: path } = vegetaBuild.programs["vegeta"]!;
        expect(goMod).to.match(new RegExp(`^tool ${path}$`, "m"));
        expect(goMod).to.include(`${path} ${vegetaBuild.stamps["main.Version"]} `);
    });

    it("is taken from PATH where its version suits", () => {
        expect(meets(vegetaRequirement, "Version: v12.13.0\nCommit: \nRuntime: go1.26.8 linux/amd64\n")).to.equal(true);
        expect(meets(vegetaRequirement, "Version: 12.12.0\nCommit: 9c65632\n")).to.equal(true);
        expect(meets(vegetaRequirement, "Version: 12.8.4\n")).to.equal(false);
        expect(meets(vegetaRequirement, "Version: \nCommit: \nRuntime: go1.26.8 linux/amd64\n")).to.equal(false);
    });
});
