/**
 * What php.ini's grammar takes for what it is. What it does not take ends the file there, and php-fpm starts all the same,
 * without the settings that follow.
 */
import { quoted } from "./schemaTree";

/** Words of the grammar, in either case. */
const iniWord = /^(?:none|null|on|off|yes|no|true|false)$/i;

/** Why it is no name of a setting; undefined where it is. */
export function whyNoIniName(name: string): string | undefined {
    if (!/^[A-Za-z_][\w.]*$/.test(name)) return "is no php.ini setting's name. Allowed: letters, digits, _ and dots.";
    return iniWord.test(name) ? "is a word of php.ini's own, not a setting's name. Allowed: any other." : undefined;
}

const variable = /\$\{[A-Za-z_]\w*\}/g;

/** A value without what PHP takes from the environment: ${NAME}. */
export const withoutVariables = (value: string): string => value.replaceAll(variable, "");

/** As PHP reckons with them, E_ALL & ~E_NOTICE or 1 | 2: only without quotes, which every text gets. */
const expression = /^(?=.*(?:E_|\d.*[~^&|!]|[~^&|!].*\d))(?:[\s()~^&|!]|E_[A-Z_]+|\d+)+$/;

/** Why a value would not arrive as it is written; undefined where it would. */
export function whyNoIniValue(name: string, value: string | number | boolean): string | undefined {
    if (typeof value === "boolean") return undefined;
    if (typeof value === "number") {
        return /^-?\d+(?:\.\d+)?$/.test(String(value)) && Math.abs(value) <= Number.MAX_SAFE_INTEGER
            ? undefined
            : `found ${value}, which has too many digits. Allowed: a number up to ${Number.MAX_SAFE_INTEGER}, or a text in quotes.`;
    }
    // eslint-disable-next-line no-control-regex -- these are what is looked for
    if (/[\u0000-\u0008\u000a-\u001f\u007f"]/.test(value)) {
        return "has a line break or a double quote in it, which ends a php.ini value. Allowed: one line without.";
    }
    if (withoutVariables(value).includes("${")) {
        return `found ${quoted(value)}, with a \${ that opens no variable. Allowed: \${NAME} for one of the environment.`;
    }
    if (name === "error_reporting" ? !/^\d+$/.test(value) : expression.test(value)) {
        return (
            `found ${quoted(value)}, which PHP does not work out in a text. ` +
            `Allowed: its number, such as 32767 for E_ALL; php -r 'echo E_ALL & ~E_NOTICE;' prints another.`
        );
    }
    return undefined;
}
