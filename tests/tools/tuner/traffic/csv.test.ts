import { expect } from "chai";

import { readCsv } from "../../../../tools/tuner/traffic/csv";
import { linesOf } from "../../../../tools/tuner/traffic/lines";
import { TraceError, type Traffic } from "../../../../tools/tuner/traffic/traffic";
import { bytesOf } from "./lines";

const read = (...lines: readonly string[]): Promise<Traffic> =>
    readCsv(linesOf(bytesOf(lines.join("\n")), "traffic.csv"), "traffic.csv");

async function refusal(...lines: readonly string[]): Promise<string> {
    try {
        await read(...lines);
    } catch (error) {
        if (error instanceof TraceError) return error.message;
        throw error;
    }
    return "nothing was refused";
}

const header = "time,requests_per_second";
const minute = (i: number) => `2026-11-24T09:${String(i).padStart(2, "0")}:00Z`;

describe("a CSV trace", () => {
    it("is means of 15 s: each row holds until the next one", async () => {
        const traffic = await read(header, "0,10", "20,40", "40,10", "60,10");
        // 15 s of 10; 5 s of 10 and 10 s of 40; 10 s of 40 and 5 s of 10; ...
        expect([...traffic.requestsPerSecond].map((rate) => Number(rate.toFixed(9)))).to.deep.equal([
            10, 30, 30, 10, 10, 3.333333333,
        ]);
        expect(traffic.startSeconds).to.equal(0);
        expect(traffic.cpuSecondsPerRequest).to.equal(undefined);
        expect(traffic.notes).to.deep.equal([]);
    });

    it("weighs a request's CPU by requests", async () => {
        const traffic = await read(`${header},cpu_seconds_per_request`, "0,10,0.1", "5,40,0.4", "10,10,0.1");
        expect(traffic.cpuSecondsPerRequest?.[0]).to.be.closeTo((50 * 0.1 + 200 * 0.4 + 50 * 0.1) / 300, 1e-12);
    });

    it("may have its columns in another order, quotes, spaces, empty lines, Windows' line ends and a byte order mark", async () => {
        const traffic = await read(
            "\ufeffrequests_per_second, time\r",
            ' "3", "2026-11-24 09:00"\r',
            "\r",
            "5, 2026-11-24T10:00:15+01:00\r",
            "",
        );
        expect([...traffic.requestsPerSecond]).to.deep.equal([3, 5]);
        expect(traffic.startSeconds).to.equal(Date.UTC(2026, 10, 24, 9) / 1000);
    });

    it("bridges gaps by a straight line, and says so", async () => {
        const rows = [0, 1, 2, 6, 7].map((i) => `${minute(i)},${i === 6 ? 60 : 20}`);
        const traffic = await read(header, ...rows);
        expect(traffic.notes).to.deep.equal(["traffic.csv:5: nothing for 3 min; bridged by a straight line."]);
        expect(traffic.requestsPerSecond[11]).to.equal(20);
        expect(traffic.requestsPerSecond[12]).to.be.closeTo(20 + 40 / 24, 1e-9);
        expect(traffic.requestsPerSecond[23]).to.be.closeTo(60 - 40 / 24, 1e-9);
        expect(traffic.requestsPerSecond[24]).to.equal(60);
        expect(traffic.requestsPerSecond).to.have.length(8 * 4);
    });

    it("tells the first gaps, and counts the others", async () => {
        const rows = Array.from({ length: 120 }, (_, i) => `${i * 60 + Math.floor(i / 20) * 600},5`);
        const { notes } = await read(header, ...rows);
        expect(notes).to.have.length(4);
        expect(notes.at(-1)).to.equal("And 2 more gaps, 50 min altogether.");
    });

    it("goes on where clocks are set back, and says so", async () => {
        const rows = [
            ...Array.from({ length: 60 }, (_, i) => `2026-10-25T02:${String(i).padStart(2, "0")}:00,10`),
            ...Array.from({ length: 60 }, (_, i) => `2026-10-25T02:${String(i).padStart(2, "0")}:00,30`),
            "2026-10-25T03:00:00,50",
        ];
        const traffic = await read(header, ...rows);
        expect(traffic.requestsPerSecond).to.have.length(121 * 4);
        expect([0, 239, 240, 479, 480].map((tick) => traffic.requestsPerSecond[tick])).to.deep.equal([
            10, 10, 30, 30, 50,
        ]);
        expect(traffic.notes).to.deep.equal([
            "traffic.csv:62: clocks were set back by 60 min; from here on times count as so much later.",
        ]);
    });

    it("says where clocks may have been set forward", async () => {
        const { notes } = await read(header, ...[0, 60, 120, 3780, 3840].map((time) => `${time},5`));
        expect(notes).to.deep.equal([
            "traffic.csv:5: nothing for 60 min (or clocks were set forward); bridged by a straight line.",
        ]);
    });

    it("with few rows is warned of", async () => {
        const { notes } = await read(header, "0,5", "3600,6", "7200,5");
        expect(notes).to.deep.equal([
            "There is one row in 60 min: shorter peaks are not in the trace, and what it recommends may not survive them.",
        ]);
    });

    const mend = "Leave the whole row out where nothing was measured: the gap is bridged and reported.";
    const wanted = "time,requests_per_second or time,requests_per_second,cpu_seconds_per_request";
    const bad: readonly (readonly [string, readonly string[], string])[] = [
        ["no line", [""], "traffic.csv: the file is empty."],
        ["no row", [header], "The trace has no row. Needed: two at least, and better a week of them."],
        [
            "one row",
            [header, "0,1"],
            "The trace has one row only (traffic.csv:2). Needed: two at least, and better a week of them.",
        ],
        ["no header", ["0,1", "60,1"], `traffic.csv:1: unknown column "0". The first line must be ${wanted}.`],
        [
            "another header",
            ["time,rps", "0,1"],
            `traffic.csv:1: unknown column "rps". The first line must be ${wanted}.`,
        ],
        ["half a header", ["time", "0"], `traffic.csv:1: found time. The first line must be ${wanted}.`],
        [
            "a column twice",
            ["time,requests_per_second,time"],
            `traffic.csv:1: found time,requests_per_second,time. The first line must be ${wanted}.`,
        ],
        ["semicolons", ["time;requests_per_second", "0;1"], "traffic.csv:1: fields are separated by ;. Use commas."],
        ["tabs", ["time\trequests_per_second"], "traffic.csv:1: fields are separated by tabs. Use commas."],
        [
            "a decimal comma",
            [header, "0,1", "60,1,5"],
            "traffic.csv:3: 3 fields, but the header has 2. Write decimals with a point, not a comma.",
        ],
        [
            "a field too few",
            [header, "0,1", "60"],
            "traffic.csv:3: 1 field, but the header has 2. Leave the whole row out where nothing was measured.",
        ],
        [
            "no rate",
            [header, "0,1", "60,"],
            `traffic.csv:3: requests_per_second is "". Needed: a number that is not negative. ${mend}`,
        ],
        [
            "NaN",
            [header, "0,1", "60,NaN"],
            `traffic.csv:3: requests_per_second is "NaN". Needed: a number that is not negative. ${mend}`,
        ],
        [
            "a negative rate",
            [header, "0,-1"],
            `traffic.csv:2: requests_per_second is "-1". Needed: a number that is not negative. ${mend}`,
        ],
        [
            "a unit",
            [header, "0,5/s"],
            `traffic.csv:2: requests_per_second is "5/s". Needed: a number that is not negative. ${mend}`,
        ],
        [
            "no CPU time",
            [`${header},cpu_seconds_per_request`, "0,1,0"],
            "traffic.csv:2: cpu_seconds_per_request is 0. A request costs some CPU; see the README.",
        ],
        [
            "milliseconds",
            [header, "1764000000000,1"],
            "traffic.csv:2: time is 1764000000000, which looks like milliseconds. Divide it by 1000.",
        ],
        [
            "a date of another form",
            [header, "24.11.2026 09:00,1"],
            'traffic.csv:2: time is "24.11.2026 09:00". Needed: seconds since 1970, or a time such as 2026-11-24T09:15:00Z (without a zone, all rows count as of one zone).',
        ],
        [
            "30 February",
            [header, "2026-02-30T09:00:00Z,1"],
            'traffic.csv:2: time is "2026-02-30T09:00:00Z". Needed: seconds since 1970, or a time such as 2026-11-24T09:15:00Z (without a zone, all rows count as of one zone).',
        ],
        [
            "25 o'clock",
            [header, "2026-02-20T25:00:00Z,1"],
            'traffic.csv:2: time is "2026-02-20T25:00:00Z". Needed: seconds since 1970, or a time such as 2026-11-24T09:15:00Z (without a zone, all rows count as of one zone).',
        ],
        [
            "the same time twice",
            [header, "0,1", "60,1", "60,2"],
            "traffic.csv:4: the same time as in traffic.csv:3, 1970-01-01 00:01:00. Keep one row for each time; add the rates up where they are of several controllers.",
        ],
        [
            "rows out of order",
            [header, "0,1", "60,1", "120,1", "60,2"],
            "traffic.csv:5: 1970-01-01 00:01:00 is 60 s before the row above it (traffic.csv:4). Sort the rows by time.",
        ],
        [
            "two traces in one",
            [header, "0,1", "60,1", "120,1", "200000,1"],
            "traffic.csv:5: nothing for 2.3 days since traffic.csv:4. Allowed: gaps of up to a day. Cut the file in two, and take the part with the busier days.",
        ],
        [
            "a line without end",
            [header, "x".repeat(70_000)],
            "traffic.csv:2: the line is longer than 65536 characters. Is this a text file?",
        ],
    ];
    for (const [name, lines, message] of bad) {
        it(`is refused with ${name}`, async () => {
            expect(await refusal(...lines)).to.equal(message);
        });
    }

    it("is refused where it covers more than 400 days", async () => {
        const rows = Array.from({ length: 500 }, (_, i) => `${i * 80_000},1`);
        expect(await refusal(header, ...rows)).to.match(/^The trace covers 40\d days\. Allowed: at most 400\. /);
    });
});

describe("a CSV file that Grafana exports", () => {
    const grafana = '"Time","sum(rate(nginx_ingress_controller_requests{a=~""x,y""}[1m]))"';

    it("is taken by its two columns, units and empty cells included", async () => {
        const traffic = await read(grafana, "2026-11-16 00:00:00,20.00", "2026-11-16 00:00:15,30.5 req/s", "2026-11-16 00:00:30,", "2026-11-16 00:00:45,10", "2026-11-16 00:01:00,10"); // prettier-ignore
        expect([...traffic.requestsPerSecond]).to.deep.equal([20, 30.5, 20.25, 10, 10]);
    });

    it("is not guessed where it has several series", async () => {
        expect(await refusal('"Time","a","b"', "2026-11-16 00:00:00,1,2")).to.include("The first line must be");
    });
});

describe("rates that no service has", () => {
    const rows = (count: number, value: (i: number) => number | string) =>
        Array.from({ length: count }, (_, i) => `${i * 60},${value(i)}`);

    it("are refused with their row", async () => {
        for (const value of ["1e300", "1e9"]) {
            expect(await refusal(header, ...rows(100, (i) => (i === 7 ? value : 5)))).to.include(
                `traffic.csv:9: ${Number(value)} requests per second are no rate of a service.`,
            );
        }
    });

    it("are a counter where they only ever grow, but for its beginning anew", async () => {
        const message = await refusal(header, ...rows(200, (i) => 100 + (i % 150) * 37));
        expect(message).to.include("The values only ever grow, as a counter of all requests does.");
        expect(message).to.include("rate(...[1m])");
        // A morning grows too, and then it is over.
        const day = await read(header, ...rows(200, (i) => 100 + Math.min(i, 200 - i) * 3));
        expect(day.requestsPerSecond.length).to.equal(800);
    });

    it("are of no year to come", async () => {
        expect(await refusal(header, "90000000000,1", "90000000060,1")).to.equal(
            "traffic.csv:2: time is 90000000000, in the year 4821. Mend it, or leave the row out.",
        );
        expect(await refusal(header, "4821-01-01T00:00:00Z,1")).to.include("in the year 4821");
    });
});
