package profile

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

func TestEventTitle(t *testing.T) {
	s := kittest.Speaker()
	titles := map[string]bool{}
	for _, day := range fixtureActivity(s, "", fixtureEvents()).Days {
		for _, e := range day.Events {
			titles[e.Title] = true
		}
	}
	for _, want := range []string{
		"Password changed: 3 other sessions ended", "Sign-in failed: wrong password", "Account unlocked, by the operator of the server",
	} {
		if !titles[want] {
			t.Errorf("no event %q in %v", want, titles)
		}
	}
	if got := kit.EventTitle(s, sallyport.Event{Kind: "a.new_kind"}); !strings.Contains(got, "a.new_kind") {
		t.Errorf("an unknown kind reads %q", got)
	}
}
