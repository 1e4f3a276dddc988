import { userInfo } from "node:os";

import { expect } from "chai";

import { cacheFolderOf } from "../../../tools/common/paths";

describe("the cache's folder", () => {
    const ofUser = `${userInfo().homedir}/.cache/php-web-service`;
    for (const [environment, folder] of [
        [{ PHP_WEB_SERVICE_CACHE: "/a/b", XDG_CACHE_HOME: "/c", HOME: "/d" }, "/a/b"],
        [{ PHP_WEB_SERVICE_CACHE: "", XDG_CACHE_HOME: "/c", HOME: "/d" }, "/c/php-web-service"],
        [{ XDG_CACHE_HOME: "", HOME: "/d" }, "/d/.cache/php-web-service"],
        [{ XDG_CACHE_HOME: "relative", HOME: "/d" }, "/d/.cache/php-web-service"],
        [{}, ofUser],
        [{ HOME: "" }, ofUser],
        [{ HOME: "relative" }, ofUser],
    ] as const) {
        it(`is ${folder} with ${JSON.stringify(environment)}`, () => {
            expect(cacheFolderOf(environment)).to.equal(folder);
        });
    }

    it("is refused where it would depend on the current folder", () => {
        for (const path of ["cache", "./cache", "~/cache"]) {
            expect(() => cacheFolderOf({ PHP_WEB_SERVICE_CACHE: path })).to.throw(
                `PHP_WEB_SERVICE_CACHE is ${path}. Allowed: an absolute path`,
            );
        }
    });
});
