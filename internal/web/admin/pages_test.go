package admin

import (
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

func room() kittest.Room {
	team := func(name, query, next string, users ...sallyport.User) kittest.Fixture {
		return kittest.Fixture{Name: "team-" + name, Template: "team_list", Page: func(s kit.Speaker) kit.Page {
			reader := kittest.Amara
			reader.Role = sallyport.RoleOwner
			l := kit.Listed(httptest.NewRequest("GET", teamPath+query, nil), teamPath, list.Users, teamListed)
			return kittest.Page(s, teamPath, "Team", &reader, viewTeam(s, reader.ID, l, list.Page[sallyport.User]{Rows: users, Next: next}))
		}}
	}
	as := func(u sallyport.User, role sallyport.Role, status sallyport.UserStatus) sallyport.User {
		u.Role, u.Status, u.CreatedAt = role, status, kittest.Now.Add(-97*24*time.Hour)
		return u
	}
	return kittest.Room{Name: "admin", Fixtures: slices.Concat(personFixtures(), mfaFixtures(), []kittest.Fixture{
		team("many", "", "1", as(kittest.Amara, sallyport.RoleOwner, sallyport.UserActive), as(kittest.RightToLeft, sallyport.RoleAdmin, sallyport.UserActive),
			as(kittest.LongName, sallyport.RoleMember, sallyport.UserDisabled), as(kittest.EmojiName, sallyport.RoleMember, sallyport.UserActive)),
		team("filtered", "?role=member&status=disabled", "", as(kittest.LongName, sallyport.RoleMember, sallyport.UserDisabled)),
		team("none", "?status=disabled", ""),
		team("empty", "", ""),
		{Name: "lockdown", Template: "act_confirm", Page: func(s kit.Speaker) kit.Page {
			return kittest.Page(s, teamPath, "Team", &kittest.Amara, confirmLockdown(s, kittest.LongName))
		}},
	})}
}

func TestPages(t *testing.T) { room().Test(t) }

func TestLook(t *testing.T) { room().Look(t) }

func TestPreview(t *testing.T) { room().Preview(t) }
