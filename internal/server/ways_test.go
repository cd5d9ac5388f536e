package server_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// nowhere are the routes of the table of probes that are no way in, with the reason.
var nowhere = map[string]string{
	"GET /":                               "leads to the sign-in",
	"GET /{$}":                            "leads to the sign-in",
	"GET /profile":                        "leads to the sign-in",
	"GET /settings/security":              "leads to the sign-in",
	"GET /settings/look/preview":          "leads to the sign-in",
	"GET /settings/team/invite/list/send": "leads to the sign-in",
	"GET /notifications/read":             "leads to the sign-in",
	"GET /profile/notifications/browsers": "leads to the sign-in",
	"GET /profile/security/verification":  "leads to the sign-in",
	"GET /profile/general/data/keep":      "leads to the sign-in",
	"GET /.well-known/change-password":    "leads to the sign-in",
	"GET /.well-known/passkey-endpoints":  "says where pages are",
	"GET /.well-known/security.txt":       "the same for everybody",
	"GET /api/v1/problems/{code}":         "the same for everybody",
	"POST /zone":                          "keeps a time zone in a cookie",
	"GET /help":                           "the same for everybody",
	"GET /help/{page}":                    "the same for everybody",
	"GET /manifest.webmanifest":           "the same for everybody",
	"GET /worker.js":                      "the same for everybody",
	"GET " + kit.StaticPrefix:             "the same for everybody",
	"GET /icon.png":                       "what the organisation looks like",
	"GET /logo/{hash}":                    "what the organisation looks like",
	"GET /look/{sheet}":                   "what the organisation looks like",
	"POST /theme":                         "a choice of this browser",
	"POST /language":                      "a choice of this browser",
	"POST /sign-out":                      "ends what the browser has",
	"GET /sso/{provider}/logout":          "ends sessions, on a provider's signed word",
	"POST /sso/{provider}/logout":         "ends sessions, on a provider's signed word",
	"POST /sso/{provider}/backchannel":    "ends sessions, on a provider's signed word",
	"GET /sso/{provider}/metadata":        "how we are set up at a provider",
}

// leads reports whether a pattern of a way stands for a route. A * for the method stands for
// all, one at the end for all paths that begin so.
func leads(pattern, route string) bool {
	method, path, _ := strings.Cut(pattern, " ")
	m, p, _ := strings.Cut(route, " ")
	if method != "*" && method != m {
		return false
	}
	begin, open := strings.CutSuffix(path, "*")
	return p == path || open && strings.HasPrefix(p, begin)
}

// Every route that is reached without a proof is of a way in, which says what it proves and
// never skips, or says why it is none; and every kind of mailed link has its way.
func TestEveryWayIn(t *testing.T) {
	used := map[string]bool{}
	for _, route := range slices.Sorted(maps.Keys(probes)) {
		of := 0
		for _, w := range signin.Ways {
			for _, pattern := range w.Routes {
				if leads(pattern, route) {
					used[w.Name+pattern], of = true, of+1
				}
			}
		}
		switch {
		case of == 0 && nowhere[route] == "":
			t.Errorf("%s is reached without a proof: add it to a row of signin.Ways, or say in nowhere why it leads nowhere", route)
		case of > 0 && nowhere[route] != "":
			t.Errorf("%s is a way in, and is said to lead nowhere", route)
		}
	}
	for route := range nowhere {
		if _, ok := probes[route]; !ok {
			t.Errorf("nowhere has %s, which is no route without a proof", route)
		}
	}
	var links []link.Kind
	for _, w := range signin.Ways {
		if w.Proves == "" || w.Opens == "" || w.Never == "" || w.Counts == "" {
			t.Errorf("%s: %+v says too little", w.Name, w)
		}
		for _, pattern := range w.Routes {
			if !used[w.Name+pattern] {
				t.Errorf("%s names %s, which is no route without a proof", w.Name, pattern)
			}
		}
		if w.Link != "" {
			links = append(links, w.Link)
		}
	}
	for _, k := range link.Kinds() {
		if !slices.Contains(links, k) {
			t.Errorf("no way in is the link %s", k)
		}
	}
}
