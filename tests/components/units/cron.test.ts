import { expect } from "chai";

import { whyNoSchedule, whyNoTimeZone } from "../../../components/units/cron";

describe("a schedule", () => {
    const taken = [
        "0 3 * * *",
        "*/5 * * * *",
        "0-30/10,45 8-17 1,15 jan-Jun mon-FRI",
        "5/20 ? ? * ?",
        "  0   3 *\t* * ",
        "0 0 29 2 *",
        "0 0 31 2 mon",
        "0 0 31 2,3 *",
        "@daily",
        "@hourly",
        "@every 1h30m",
        "@every 90s",
    ];
    for (const text of taken) {
        it(`is ${JSON.stringify(text)}`, () => {
            expect(whyNoSchedule(text)).to.equal(undefined);
        });
    }

    const refused: readonly (readonly [string, string])[] = [
        ["", "has 0 fields, and not 5"],
        ["0 3 * *", "has 4 fields, and not 5"],
        ["0 0 3 * * *", "has 6 fields, and not 5"],
        ["60 * * * *", 'has "60" for its minute: allowed is from 0 to 59'],
        ["* 24 * * *", 'has "24" for its hour'],
        ["* * 0 * *", 'has "0" for its day of the month'],
        ["* * * 13 *", 'has "13" for its month'],
        ["* * * * 7", 'has "7" for its day of the week: allowed is from 0 to 6, or sun, mon'],
        ["* * * * fri-mon", "its range ends before it begins"],
        ["50-10 * * * *", "its range ends before it begins"],
        ["*/0 * * * *", "its step is no number above 0"],
        ["*/x * * * *", "its step is no number above 0"],
        ["1/2/3 * * * *", "it has too many / or -"],
        ["1-2-3 * * * *", "it has too many / or -"],
        ["*-5 * * * *", "a * is no end of a range"],
        [", * * * *", "has no minute"],
        ["* * L * *", 'has "L" for its day of the month'],
        ["-1 * * * *", "allowed is from 0 to 59"],
        ["monday * * * *", "allowed is from 0 to 59"],
        ["0 0 31 2 *", "never"],
        ["0 0 30 feb *", "never"],
        ["0 0 31 4,6,9,11 *", "never"],
        ["\u202e0 * * * *", "has what is none for its minute"],
        [`${"0".repeat(2000)} * * * *`, "has what is none for its minute"],
        ["@reboot", "is no word that Kubernetes knows"],
        ["@every", "is no word that Kubernetes knows"],
        ["@every 5", "has no time such as 90m"],
        ["@every 0s", "has no time such as 90m"],
        ["TZ=Europe/Berlin 0 3 * * *", "names a time zone"],
        ["CRON_TZ=UTC 0 3 * * *", "names a time zone"],
    ];
    for (const [text, reason] of refused) {
        it(`is not ${JSON.stringify(text)}: ${reason}`, () => {
            expect(whyNoSchedule(text)).to.include(reason);
        });
    }
});

describe("a time zone", () => {
    for (const name of ["Europe/Berlin", "Etc/UTC", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+5"]) {
        it(`is ${name}`, () => {
            expect(whyNoTimeZone(name)).to.equal(undefined);
        });
    }

    for (const [name, reason] of [
        ["Europe/Bonn", "is none that is known"],
        ["europe/berlin", "is written Europe/Berlin"],
        ["Local", "is no name"],
        ["+01:00", "is no name"],
        ["", "is no name"],
    ] as const) {
        it(`is not ${JSON.stringify(name)}: ${reason}`, () => {
            expect(whyNoTimeZone(name)).to.include(reason);
        });
    }
});
