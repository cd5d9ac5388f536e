package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// No page and no form takes a name twice of which one is meant.
func TestEveryPageTakesThingsOnce(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Enter(apptest.OwnerEmail)
	names := regexp.MustCompile(`\{[^}]*\}`)
	asked := 0
	for _, r := range webtest.PagesOf(t, a, "https://accounts.test").Routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		if r.Guard == kit.Bare || path == "" || strings.HasSuffix(path, "/live") {
			continue
		}
		path = names.ReplaceAllString(path, "x")
		asked++
		answer := v.Send(method, path+"?twice=1&twice=2", nil)
		if method == http.MethodPost {
			answer = v.Send(method, path, strings.NewReader("twice=1&twice=2"), "Content-Type", "application/x-www-form-urlencoded")
		}
		if answer.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d", r.Pattern, answer.StatusCode)
		}
	}
	if asked < 200 {
		t.Errorf("%d pages", asked)
	}
}
