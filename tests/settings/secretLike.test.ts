import { expect } from "chai";

import { isSecretLike } from "../../settings/secretLike";

describe("what looks like a secret", () => {
    for (const name of [
        "APP_KEY",
        "STRIPE_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "SECRET_KEY_BASE",
        "DB_PASSWORD",
        "PGPASSWORD",
        "DATABASE_PASSWORD_PROD",
        "DB_PASS",
        "MYSQL_PWD",
        "dbPassword",
        "apiKey",
        "APP_SECRET",
        "GITHUB_TOKEN",
        "mysqli.default_pw",
        "JWT_PASSPHRASE",
        "GOOGLE_CREDENTIALS",
        "API_KEY_2",
        "AUTH_SALT",
        "HASHIDS_SALT",
    ]) {
        it(`is ${name}`, () => {
            expect(isSecretLike(name, "hunter2")).to.equal(true);
        });
    }

    for (const name of [
        "DB_PASSWORD_FILE",
        "passwordFromEnv",
        "PASSWORD_RESET_EXPIRE_MINUTES",
        "CSRF_TOKEN_NAME",
        "API_TOKEN_TTL",
        "PASSWORD_MIN_LENGTH",
        "STRIPE_PUBLISHABLE_KEY",
        "RECAPTCHA_SITE_KEY",
        "KEY",
        "KEYBOARD",
        "MONKEY",
        "BYPASS_CACHE",
        "COMPASS",
        "PASSENGER_LIMIT",
        "TOKENIZER",
        "SALT_LENGTH",
        "BASALT",
        "APP_ENV",
        "SESSION_DRIVER",
    ]) {
        it(`is not ${name}`, () => {
            expect(isSecretLike(name, "harmless")).to.equal(false);
        });
    }

    for (const value of [
        "sk_live_abc",
        "ghp_abc",
        "github_pat_abc",
        "glpat-abc",
        "xoxb-abc",
        "AKIAABCDEFGHIJKLMNOP",
        "base64:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "-----BEGIN RSA PRIVATE KEY-----\nabc",
        "mysql://user:hunter2@db/shop",
        "first, redis://:hunter2@redis:6379",
        "tcp://redis:6379?auth=hunter2",
        "tcp://redis:6379?database=1&auth[pass]=hunter2",
        "host=db user=shop password=hunter2 dbname=shop",
        "Password = hunter2;Server=db",
        "AccountName=shop;AccountKey=aHVudGVyMg==;EndpointSuffix=core.windows.net",
        "authorization=Bearer 0123456789abcdef",
        "Basic c2hvcDpodW50ZXIy",
        "npm_0123456789012345678901234567890123456",
    ]) {
        it(`is the value ${value.slice(0, 30).split("\n")[0]}`, () => {
            expect(isSecretLike("A", value)).to.equal(true);
        });
    }

    for (const value of [
        "",
        "https://www.example.com/a?page=2",
        "mysql://user@db/shop",
        "tcp://redis:6379?auth=",
        "risk_live_",
        "base64:short",
        "12:30@noon",
        "basic authentication required",
        "bearer",
        "--passthrough=1",
    ]) {
        it(`is not the value ${JSON.stringify(value)}`, () => {
            expect(isSecretLike("A", value)).to.equal(false);
        });
    }

    for (const value of ["true", "no", "OFF", "1", "disabled"]) {
        it(`is not ALLOW_EMPTY_PASSWORD=${value}`, () => {
            expect(isSecretLike("ALLOW_EMPTY_PASSWORD", value)).to.equal(false);
        });
    }
});
