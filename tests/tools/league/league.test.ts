import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import type { ControllerName } from "../../../tools/lab/controller";
import { league, recordedEntries, type Entry, type Make } from "../../../tools/league/league";
import { plausibleReport } from "../drill/plausibleReport";

describe("a league of controllers", () => {
    const controllers: readonly ControllerName[] = ["ingress-nginx", "traefik", "traefik-gateway"];
    let folder: string;
    let goals: string[];
    let said: string[];
    let interruption: AbortController;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "php-web-service-test-"));
        goals = [];
        said = [];
        interruption = new AbortController();
    });
    afterEach(() => {
        rmSync(folder, { recursive: true });
    });

    const outFolderOf = (controller: string) => join(folder, controller);
    const controllerIn = (args: readonly string[]) => args[1]?.replace("CONTROLLER=", "") ?? "";
    const writeReport = (controller: string, text = JSON.stringify(plausibleReport(1))) => {
        writeFileSync(join(outFolderOf(controller), "report.json"), text);
    };

    /** @param onDrill returns the exit code of a drill */
    const play = (onDrill: (controller: string) => number, onDown: () => number = () => 0) => {
        const make: Make = (args, { signal }) => {
            goals.push(args.join(" "));
            if (signal?.aborted === true) return Promise.resolve(130);
            return Promise.resolve(args[0] === "down" ? onDown() : onDrill(controllerIn(args)));
        };
        const told: (readonly Entry[])[] = [];
        return league({
            controllers,
            drillArgs: ["--short"],
            folder,
            make,
            say: (line) => said.push(line),
            onEntries: (entries) => told.push([...entries]),
            signal: interruption.signal,
        }).then((entries) => ({ entries, told }));
    };

    it("drills behind each on a lab of its own, into a folder of its own, and leaves none", async () => {
        const { entries, told } = await play((controller) => {
            writeReport(controller);
            return 0;
        });
        expect(goals).to.deep.equal([
            ...controllers.flatMap((name) => [
                "down",
                `drill CONTROLLER=${name} ARGS=--short --out ${outFolderOf(name)}`,
            ]),
            "down",
        ]);
        expect(entries.map(({ controller }) => controller)).to.deep.equal(controllers);
        for (const { report, failure } of entries) {
            expect(report?.variants).to.have.length(3);
            expect(failure).to.equal(undefined);
        }
        expect(told.map(({ length }) => length)).to.deep.equal([1, 2, 3]);
    });

    it("goes on behind the next where a drill fails, and tells of it", async () => {
        const { entries } = await play((controller) => {
            if (controller === "traefik") return 2;
            writeReport(controller);
            return 0;
        });
        expect(entries.map(({ report }) => report !== undefined)).to.deep.equal([true, false, true]);
        const log = join(outFolderOf("traefik"), "make.log");
        expect(entries[1]?.failure).to.equal(`no figures: make drill ended with 2, and ${log} tells why`);
        expect(said.join("\n")).to.include("traefik: no figures: make drill ended with 2");
    });

    it("takes a drill with a report as done, though the promise was broken in it", async () => {
        const { entries } = await play((controller) => {
            writeReport(controller);
            return 1;
        });
        expect(entries.map(({ failure }) => failure)).to.deep.equal([undefined, undefined, undefined]);
    });

    it("drills on no lab that it could not remove", async () => {
        let downs = 0;
        const { entries } = await play(
            (controller) => {
                writeReport(controller);
                return 0;
            },
            () => (++downs === 1 ? 1 : 0),
        );
        expect(goals.some((goal) => goal.includes("CONTROLLER=ingress-nginx "))).to.equal(false);
        expect(entries[0]?.failure).to.include("make down ended with 1");
        expect(entries[1]?.report).to.not.equal(undefined);
    });

    it("interrupted, drills no more, removes the lab, and has what was done before", async () => {
        const { entries } = await play((controller) => {
            if (controller === "traefik") {
                interruption.abort();
                return 130;
            }
            writeReport(controller);
            return 0;
        });
        expect(entries.map(({ controller }) => controller)).to.deep.equal(["ingress-nginx"]);
        expect(goals.at(-1)).to.equal("down");
        expect(goals.filter((goal) => goal.startsWith("drill"))).to.have.length(2);
    });

    it("removes the lab without regard to the interruption", async () => {
        const signals: (AbortSignal | undefined)[] = [];
        interruption.abort();
        const make: Make = (_, { signal }) => {
            signals.push(signal);
            return Promise.resolve(0);
        };
        const onEntries = () => expect.fail("nothing was drilled");
        const say = () => undefined;
        await league({ controllers, drillArgs: [], folder, make, say, onEntries, signal: interruption.signal });
        expect(signals).to.deep.equal([undefined]);
    });

    it("takes nothing for its own that an earlier one has left", async () => {
        mkdirSync(outFolderOf("traefik"));
        writeReport("traefik");
        const { entries } = await play(() => 1);
        expect(entries.map(({ report }) => report)).to.deep.equal([undefined, undefined, undefined]);
        expect(existsSync(join(outFolderOf("traefik"), "report.json"))).to.equal(false);
    });

    it("takes no report of another version for one", async () => {
        const { entries } = await play((controller) => {
            writeReport(controller, controller === "traefik" ? '{"formatVersion":1}' : "<html>");
            return 0;
        });
        expect(entries.map(({ report }) => report)).to.deep.equal([undefined, undefined, undefined]);
    });

    it("says where the lab is still there at its end", async () => {
        await play(
            () => 1,
            () => 3,
        );
        expect(said.at(-1)).to.equal(`The lab was not removed: make down ended with 3 (${join(folder, "down.log")}).`);
    });

    it("is read again from what it has left", () => {
        for (const name of ["traefik", "traefik-gateway"]) mkdirSync(outFolderOf(name));
        writeReport("traefik");
        const entries = recordedEntries(controllers, folder);
        expect(entries.map(({ controller }) => controller)).to.deep.equal(["traefik", "traefik-gateway"]);
        expect(entries.map(({ failure }) => failure === undefined)).to.deep.equal([true, false]);
    });
});
