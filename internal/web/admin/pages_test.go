package admin

import (
	"slices"
	"testing"

	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

func room() kittest.Room {
	return kittest.Room{Name: "admin", Fixtures: slices.Concat(
		teamFixtures(), inviteFixtures(), roleFixtures(), personFixtures(), mfaFixtures(), sessionFixtures(), deviceFixtures(), attemptFixtures(), blockFixtures(), searchFixtures(), bulkFixtures(), policyFixtures(), lookFixtures(), logFixtures(), dashboardFixtures(), keyFixtures(), alertFixtures(), appFixtures(), webhookFixtures(), ssoFixtures(),
		[]kittest.Fixture{{Name: "lockdown", Template: "act_confirm", Page: func(s kit.Speaker) kit.Page {
			return kittest.Page(s, teamPath, "Team", &kittest.Amara, confirmLockdown(s, kittest.LongName))
		}}},
	)}
}

func TestPages(t *testing.T) { room().Test(t) }

func TestLook(t *testing.T) { room().Look(t) }

func TestPreview(t *testing.T) { room().Preview(t) }

// No line end in what somebody typed ends the data of an event, and begins another one.
func TestRowsStayInTheirEvent(t *testing.T) {
	if got := string(onLines([]byte("a\r\nb\rid: c\nd"))); got != "a\ndata: b\ndata: id: c\ndata: d" {
		t.Errorf("%q", got)
	}
}
