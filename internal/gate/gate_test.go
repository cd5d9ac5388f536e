package gate_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/gate"
)

// rules are those of the tables below.
const rules = `
/                     public  # the front page only
/assets/*             public
/login                public
/admin/*              role=owner,admin level=2 fresh=15
/admin/help           everyone
/night/*              group=g-night
/audit/*              permission=audit.view
/members/*            everyone
/members/only/*       role=member factor
`

func compiled(t *testing.T, text string) gate.Rules {
	t.Helper()
	list, err := gate.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return gate.Compile(list)
}

// Which rule decides a path: the longest that fits, whatever its spelling; a public one only to the letter.
func TestFind(t *testing.T) {
	r := compiled(t, rules)
	for path, want := range map[string]string{
		"/": "/", "/assets": "/assets/*", "/assets/": "/assets/*", "/assets/a/b.css": "/assets/*", "/assetsx": "",
		"/login": "/login", "/login/": "/login", "/login/x": "",
		"/admin": "/admin/*", "/admin/": "/admin/*", "/admin/x": "/admin/*", "/admin/help": "/admin/help", "/admin/help/x": "/admin/*",
		"/ADMIN": "/admin/*", "/Admin/HELP": "/admin/help", "/%61dmin": "/admin/*", "/adm%69n/x": "/admin/*",
		"/admin;x=1": "/admin/*", "/admin;x/users": "/admin/*", "/;/": "",
		"/LOGIN": "", "/login;x": "", "/Assets/x": "", "/assets;jsessionid=1/x": "",
		"/members/only": "/members/only/*", "/members/onlyx": "/members/*", "/unknown": "",
	} {
		p, err := gate.ParsePath(path)
		if err != nil {
			if path != "/;/" {
				t.Errorf("%s: %v", path, err)
			}
			continue
		}
		got, found := r.Find(p)
		if got.Path != want || found != (want != "") {
			t.Errorf("%s is decided by %q, want %q", path, got.Path, want)
		}
	}
}

// What programs read in different ways is refused.
func TestOddPaths(t *testing.T) {
	for _, path := range []string{
		"", "x", "//", "/a//b", "/a/./b", "/a/../b", "/..", "/.", "/a/..;/admin", "/a/%2e%2e/b", "/%2e", "/a%2fb", "/a%2Fb", "/a%5cb", "/a\\b",
		"/a%00b", "/a\x00b", "/a b", "/a%0ab", "/a%0d", "/é", "/%", "/%2", "/%zz", "/%2561dmin", "/a%252fb", "/a?b", "/a#b", "/a%3bb", "/a%7f",
		"/" + strings.Repeat("a", 8200),
	} {
		if _, err := gate.ParsePath(path); err == nil {
			t.Errorf("%q is read", path)
		}
	}
	for _, path := range []string{"/", "/a", "/a/", "/a.b", "/.well-known/x", "/a%20b", "/%C3%A9", "/100%25", "/a+b", "/a:b@c", "/a=b&c", "/a%3Fb"} {
		if _, err := gate.ParsePath(path); err != nil {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func TestDecide(t *testing.T) {
	now := time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)
	member := gate.Person{Role: sallyport.RoleMember}
	with := func(change func(*gate.Person)) gate.Person { p := member; change(&p); return p }
	admin := with(func(p *gate.Person) { p.Role, p.Level, p.FactorAt = sallyport.RoleAdmin, 2, now.Add(-15*time.Minute) })
	for _, tt := range []struct {
		what string
		path string
		who  gate.Person
		want gate.Verdict
	}{
		{"nobody, public", "/assets/x", gate.Person{}, gate.Allowed},
		{"nobody", "/members/x", gate.Person{}, gate.SignIn},
		{"a member", "/members/x", member, gate.Allowed},
		{"an admin", "/admin/x", admin, gate.Allowed},
		{"a member among admins", "/admin/x", member, gate.Refused},
		{"an admin on another device", "/admin/x", with(func(p *gate.Person) { p.Role, p.Level, p.FactorAt = admin.Role, 1, now }), gate.Level},
		{"an admin a while ago", "/admin/x", with(func(p *gate.Person) {
			p.Role, p.Level, p.FactorAt = admin.Role, 3, now.Add(-15*time.Minute-time.Microsecond)
		}), gate.Factor},
		{"an admin without a factor", "/admin/x", with(func(p *gate.Person) { p.Role, p.Level = admin.Role, 3 }), gate.Factor},
		{"without a factor", "/members/only/x", member, gate.Factor},
		{"a factor long ago", "/members/only/x", with(func(p *gate.Person) { p.FactorAt = now.Add(-90 * time.Hour) }), gate.Allowed},
		{"outside of the group", "/night", member, gate.Refused},
		{"in the group", "/night", with(func(p *gate.Person) { p.Groups = []sallyport.GroupName{{ID: "g-night", Name: "Night"}} }), gate.Allowed},
		{"in a group of that name", "/night", with(func(p *gate.Person) { p.Groups = []sallyport.GroupName{{ID: "other", Name: "g-night"}} }), gate.Refused},
		{"without the permission", "/audit", with(func(p *gate.Person) { p.May = func(string) bool { return false } }), gate.Refused},
		{"with the permission", "/audit", with(func(p *gate.Person) { p.May = func(n string) bool { return n == "audit.view" } }), gate.Allowed},
	} {
		p, err := gate.ParsePath(tt.path)
		if err != nil {
			t.Fatal(err)
		}
		rule, found := compiled(t, rules).Find(p)
		if got := gate.Decide(&rule, &tt.who, now); !found || got != tt.want {
			t.Errorf("%s at %s: %s, want %s", tt.what, tt.path, got, tt.want)
		}
	}
}

// Wrong rules are refused with their line, and what is right reads the same after it was written.
func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"admin public":                     "1 rule_needs_path",
		"/a public\n\n# x\n/a/* wonder":    "4 rule_unknown_word",
		"/a public=yes":                    "1 rule_unknown_word",
		"/a role":                          "1 rule_unknown_word",
		"/a role=":                         "1 rule_wrong_value",
		"/a level=4":                       "1 rule_wrong_value",
		"/a level=two":                     "1 rule_wrong_value",
		"/a fresh=4":                       "1 rule_wrong_value",
		"/a fresh=1441":                    "1 rule_wrong_value",
		"/a public level=1":                "1 rule_public_asks",
		"/a everyone\n/A everyone":         "2 rule_twice",
		"/a/../b everyone":                 "1 rule_path",
		"/a*b everyone":                    "1 rule_path",
		"/a%20b everyone":                  "1 rule_path",
		"/a;b everyone":                    "1 rule_path",
		"/.sallyport/x public":             "1 rule_own_path",
		"/a group=\"Night":                 "1 rule_quote",
		strings.Repeat("/a everyone\n", 2): "2 rule_twice",
	} {
		_, err := gate.Parse(text)
		var p *gate.Problem
		if !errors.As(err, &p) || p.Args["line"]+" "+p.Code != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	text := "/a/*  role=owner,admin group=\"Night, \"\"late\"\" shift\",Staff permission=audit.view level=2 factor fresh=15\n/*    everyone\n/b    public\n"
	rules, err := gate.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if got := gate.Format(rules, func(id string) string { return id }); got != text {
		t.Errorf("written as\n%s", got)
	}
	if g := rules[0].Groups; len(g) != 2 || g[0] != `Night, "late" shift` {
		t.Errorf("%q", g)
	}
}

func TestOrigin(t *testing.T) {
	for text, want := range map[string]string{
		"https://wiki.example.com": "https://wiki.example.com", "HTTPS://Wiki.Example.COM:443/": "https://wiki.example.com", " https://a.test:8443": "https://a.test:8443",
		"https://bücher.example": "https://xn--bcher-kva.example", "http://localhost:3000": "http://localhost:3000", "http://127.0.0.1": "http://127.0.0.1", "https://[::1]:8443": "https://[::1]:8443",
		"http://wiki.example.com": "", "https://a.test/path": "", "https://a.test?x": "", "https://u@a.test": "", "ftp://a.test": "", "a.test": "", "": "", "https://": "", "https://a.test:0": "", "https://a b": "",
	} {
		if got, wrong := gate.ParseOrigin(text); got != want || (wrong == nil) != (want != "") {
			t.Errorf("%q: %q %v, want %q", text, got, wrong, want)
		}
	}
	for _, tt := range []struct{ scheme, host, want string }{
		{"https", "A.test", "https://a.test"}, {"https", "a.test:443", "https://a.test"}, {"http", "a.test:80", "http://a.test"}, {"https", "a.test:8443", "https://a.test:8443"},
		{"wss", "a.test", ""}, {"https", "", ""}, {"https", "a.test/x", ""}, {"https", "a.test,b.test", ""}, {"https", "a@b", ""},
	} {
		if got, ok := gate.Origin(tt.scheme, tt.host); ok != (tt.want != "") || ok && got != tt.want {
			t.Errorf("%s %s: %q %v", tt.scheme, tt.host, got, ok)
		}
	}
}

// Whatever is read as a path is one that a program which decodes, or ignores parameters and case, does not read as
// something that a stricter rule is about.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/", "/admin", "/a/%2e%2e/admin", "/x;/../admin", "/%61dmin", "/ADMIN;x"} {
		f.Add(seed)
	}
	list, err := gate.Parse("/public/* public\n/admin/* role=owner\n")
	if err != nil {
		f.Fatal(err)
	}
	r := gate.Compile(list)
	f.Fuzz(func(t *testing.T, raw string) {
		p, err := gate.ParsePath(raw)
		if err != nil {
			return
		}
		rule, _ := r.Find(p)
		low := strings.ToLower(raw)
		if rule.Public && (strings.Contains(low, "admin/..") || strings.Contains(raw, "//") || strings.Contains(raw, ";") || strings.Contains(low, "%2f") || strings.Contains(low, "/..")) {
			t.Errorf("%q is public", raw)
		}
		if strings.HasPrefix(low, "/admin/") && rule.Path != "/admin/*" {
			t.Errorf("%q is decided by %q", raw, rule.Path)
		}
	})
}

// Whatever is read as rules is read the same after it was written.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{rules, "/a group=\"x\"\"y\",z", "/a role=,a", "/a fresh=5m"} {
		f.Add(seed)
	}
	same := func(id string) string { return id }
	f.Fuzz(func(t *testing.T, text string) {
		list, err := gate.Parse(text)
		if err != nil {
			return
		}
		written := gate.Format(list, same)
		again, err := gate.Parse(written)
		if err != nil || gate.Format(again, same) != written {
			t.Errorf("%q is written %q: %v", text, written, err)
		}
	})
}
