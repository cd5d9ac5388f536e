package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Apps are written to a file and read from it, and what is wrong there is said with its line.
func TestApps(t *testing.T) {
	onBoth(t, func(t *testing.T, _ string, flags []string) {
		with := func(args ...string) []string { return append(args, flags...) }
		n := start(t, flags...).ready()
		n.claim()
		file := filepath.Join(t.TempDir(), "apps.txt")
		apply := func(text string) outcome {
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			return run(t, nil, with("app", "apply", file)...)
		}
		written := "https://files.corp.test preflight Files\n    /*  everyone\n\nhttps://wiki.corp.test Wiki of the house\n    /admin/*  role=owner,admin level=2 fresh=15\n    /*        everyone\n"
		if o := apply("# ours\n" + written); o.code != 0 || strings.Count(o.out, "added") != 2 {
			t.Fatalf("%+v", o)
		}
		if o := run(t, nil, with("app", "show")...); strings.TrimSpace(o.out) != strings.TrimSpace(written) {
			t.Errorf("shown\n%s", o.out)
		}
		if o := apply(strings.Replace(written, "role=owner,admin", "role=owner", 1)); o.code != 0 || !strings.Contains(o.out, "files.corp.test: unchanged") || !strings.Contains(o.out, "wiki.corp.test: changed") {
			t.Errorf("%+v", o)
		}
		if o := run(t, nil, with("app", "explain", "https://wiki.corp.test/admin/x")...); !strings.Contains(o.out, "/admin/*  role=owner level=2") {
			t.Errorf("%+v", o)
		}
		for text, says := range map[string]string{
			"    /* everyone\n": "line 1: a rule stands before the first app", "https://x.test\n": "line 1: an app needs an address and a name",
			"https://x.test X\n  /* group=Nobody\n": "there is no group Nobody", "http://x.test X\n  /* everyone\n": "https://",
		} {
			if o := apply(text); o.code != 1 || !strings.Contains(o.errors, says) {
				t.Errorf("%q: %+v", text, o)
			}
		}
		if o := run(t, nil, with("app", "remove", "files")...); o.code != 0 {
			t.Errorf("%+v", o)
		}
		if o := run(t, nil, with("app", "explain", "https://files.corp.test/")...); o.code != 1 {
			t.Errorf("%+v", o)
		}
	})
}
