<?php
// A wiki whose database, sessions included, and uploads are in folders that all pods share.
$wgSitename = "Wiki";
$wgServer = getenv("WIKI_SERVER");
$wgScriptPath = "";
$wgArticlePath = '/wiki/$1';
$wgSecretKey = getenv("WIKI_SECRET_KEY");
$wgDBtype = "sqlite";
$wgDBname = "wiki";
$wgSQLiteDataDir = "/srv/data";
$wgSessionCacheType = CACHE_DB;
// Else all texts go through the database.
$wgCacheDirectory = "/tmp";
$wgEnableUploads = true;
$wgEnableEmail = false;
$wgUseInstantCommons = false;
$wgPingback = false;
