/** Two weeks of traffic that nobody measured: days, weekends, noise that lasts, and crowds of chance. */
import { seededNormal, seededRandom } from "../../tuner/plant/random";
import { dayOf } from "../../tuner/example";
import type { Traffic } from "../../tuner/traffic/traffic";

const days = 14;
const dayTicks = 5760;

/** So that the days that are called weekends here are some by the calendar too. */
const monday = Date.UTC(2026, 10, 23) / 1000;

export function madeTraffic(seed: number): Traffic {
    const random = seededRandom(seed);
    const traffic = { ...dayOf(() => 0, days), startSeconds: monday };
    const rates = traffic.requestsPerSecond;
    let noise = 0;
    for (let i = 0; i < rates.length; i++) {
        const hour = ((i % dayTicks) / dayTicks) * 24;
        const weekend = Math.floor(i / dayTicks) % 7 >= 5 ? 0.6 : 1;
        noise = 0.995 * noise + 0.01 * seededNormal(random);
        rates[i] = 60 * weekend * (1.2 - Math.cos(((hour - 3) / 12) * Math.PI)) * Math.exp(noise);
    }
    // A crowd every other day: it comes within minutes and goes within half an hour.
    for (let crowd = 0; crowd < days / 2; crowd++) {
        const at = Math.floor(random() * rates.length);
        const size = 40 * Math.exp(0.6 * seededNormal(random));
        for (let i = at; i < Math.min(rates.length, at + 480); i++) {
            const minutes = (i - at) / 4;
            rates[i] = (rates[i] ?? 0) + size * Math.min(1, minutes / 3) * Math.exp(-minutes / 30);
        }
    }
    return traffic;
}
