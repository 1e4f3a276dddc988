import { expect } from "chai";

import { UsageError } from "../../../tools/common/commandLine";
import { commandAt, readArguments, readCommand, usage } from "../../../tools/drill/arguments";
import { allEvents } from "../../../tools/drill/events";

const needed = ["--url", "http://127.0.0.1:8088/", "--stack", "lab"];

describe("the drill's command line", () => {
    const before = ["CONTROLLER", "KUBERNETES"].map((name) => [name, process.env[name]] as const);
    const unset = () => {
        for (const [name] of before) Reflect.deleteProperty(process.env, name);
    };
    beforeEach(unset);
    afterEach(() => {
        unset();
        for (const [name, value] of before) if (value !== undefined) process.env[name] = value;
    });

    it("goes through all events without baselines on a cluster that is not the lab, and asks first", () => {
        const { events, baselines, isAgreed, stackFile } = readArguments(needed);
        expect(events).to.equal(allEvents);
        expect(baselines).to.deep.equal([]);
        expect(isAgreed).to.equal(false);
        expect(stackFile).to.equal("Pulumi.lab.yaml");
    });

    it("brings both baselines to the lab, and does not ask", () => {
        const { baselines, isAgreed } = readArguments([...needed, "--lab"]);
        expect(baselines.map(({ name }) => name)).to.deep.equal(["none", "write-up"]);
        expect(isAgreed).to.equal(true);
    });

    it("takes events and baselines by name, in the given order", () => {
        const { events, baselines } = readArguments([
            ...needed,
            "--events",
            "node-drain,scale-out",
            "--baselines",
            "none",
        ]);
        expect(events.map(({ name }) => name)).to.deep.equal(["node-drain", "scale-out"]);
        expect(baselines.map(({ name }) => name)).to.deep.equal(["none"]);
    });

    it("names every event in its usage", () => {
        for (const { name } of allEvents) expect(usage).to.include(name);
    });

    it("says how to repeat the drill, as its user would, and how with another rate", () => {
        const other = readArguments([...needed, "--rate", "10", "--short"]);
        expect(other.command).to.equal(
            "npx tsx tools/drill/cli.ts --url http://127.0.0.1:8088/ --stack lab --rate 10 --short",
        );
        expect(commandAt(other, 5)).to.equal(
            "npx tsx tools/drill/cli.ts --url http://127.0.0.1:8088/ --stack lab --short --rate 5",
        );
        const lab = readArguments([...needed, "--lab", "--rate=10", "--short"]);
        expect(lab.command).to.equal('make drill ARGS="--rate=10 --short"');
        expect(commandAt(lab, 0.5)).to.equal('make drill ARGS="--short --rate 0.5"');
        expect(readArguments([...needed, "--lab"]).command).to.equal("make drill");
    });

    it("says behind which controller and on which Kubernetes, where the lab was asked for one", () => {
        Object.assign(process.env, { CONTROLLER: "traefik", KUBERNETES: "1.36" });
        expect(readArguments([...needed, "--lab", "--short"]).command).to.equal(
            'make drill KUBERNETES=1.36 CONTROLLER=traefik ARGS="--short"',
        );
        expect(readArguments(needed).command).to.match(/^npx tsx /);
    });

    it("draws a recorded report again, beside it or elsewhere", () => {
        expect(readCommand(["--report", "out/drill/report.json"])).to.deep.equal({
            reportPath: "out/drill/report.json",
            outFolder: "out/drill",
        });
        expect(readCommand(["--report", "a/report.json", "--out", "b"])).to.include({ outFolder: "b" });
        expect(readCommand(needed)).to.have.property("url");
        expect(() => readCommand([...needed, "--report", "a"])).to.throw(UsageError, "not with --url");
        expect(() => readCommand(["--report", "a", "--lab"])).to.throw(UsageError, "not with --lab");
    });

    const refused: readonly (readonly [string, readonly string[], RegExp])[] = [
        ["no address", ["--stack", "lab"], /--url is missing/],
        ["an address that is none", ["--stack", "lab", "--url", "8088"], /--url 8088/],
        ["no stack", ["--url", "http://127.0.0.1/"], /--stack is missing/],
        [
            "an event that there is not",
            [...needed, "--events", "flood"],
            /There is no event flood\. There are scale-out,/,
        ],
        ["a baseline that there is not", [...needed, "--baselines", "x"], /There is no baseline x/],
        ["no rate", [...needed, "--rate", "0"], /--rate 0: it takes a number above 0/],
        ["a rate that no stream may have", [...needed, "--rate", "3000"], /--rate 3000: .* from 0\.001 to 2000/],
        ["long ones that come never", [...needed, "--long-rate", "0.0001"], /--long-rate 0\.0001: .* from 0\.001/],
        ["a page that is no path", [...needed, "--request", "shop"], /--request shop: it takes a path/],
        ["a page without what it says", [...needed, "--request", "/"], /--expect is missing/],
        ["a text without a page", [...needed, "--expect", "a"], /--expect goes with --request/],
        ["an option that there is not", [...needed, "--fast"], /--fast/],
    ];
    for (const [what, args, message] of refused) {
        it(`refuses ${what}`, () => {
            expect(() => readArguments(args)).to.throw(UsageError, message);
        });
    }
});
