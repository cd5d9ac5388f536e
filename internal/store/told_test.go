package store_test

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/store"
)

// answered are the columns that the session check and the check of an API key answer from. The last
// activity is not among them: what is remembered has one of its own.
var answered = map[string][]string{
	"sessions":   {"status", "expires_at", "idle_us", "created_at", "authenticated_at", "mfa_verified_at", "token_ends_at", "token_hash", "native", "device_id", "user_id"},
	"app_passes": {"hash"}, "group_members": {"user_id"}, "user_groups": {"name"}, "apps": {"rules", "origin"},
	"users":    {"status", "role", "email", "first_name", "last_name", "language", "chosen_zone", "avatar", "owned_by"},
	"devices":  {"status", "trust_level", "compromised_at"},
	"roles":    {"permissions"},
	"tenants":  {"name", "host", "language", "accent", "logo"},
	"api_keys": {"status", "hash", "former_hash", "former_ends_at", "permissions", "networks", "expires_at", "name"},
}

// untold are methods that change such a row without telling, with the reason.
var untold = map[string]string{
	"EndSessionsOfDevice": "it tells of those that ended, of which there are none here",
	"EndSessionsOfUser":   "the same",
	"ExchangePass":        "nobody knew the token before",
	"ForgetPasses":        "whose session is over by its time",
	"RemoveKeys":          "a key that has ended is not remembered",
	"EraseRows":           "whose account is being deleted is disabled, which was told",
}

var (
	changing = regexp.MustCompile(`\bUPDATE (\w+) SET (.*?)( WHERE .*)?$`)
	deleting = regexp.MustCompile(`\bDELETE FROM (\w+)`)
	creating = regexp.MustCompile(`\bINSERT INTO (tenants)\b`)
)

// touches returns the table whose answers a statement changes, "" for none.
func touches(query string) string {
	query = strings.Join(strings.Fields(query), " ")
	if m := changing.FindStringSubmatch(query); m != nil {
		for _, column := range answered[m[1]] {
			if regexp.MustCompile(`(^|[ (,])` + column + `( =|[,)])`).MatchString(m[2]) {
				return m[1]
			}
		}
		return ""
	}
	for _, kind := range []*regexp.Regexp{deleting, creating} {
		if m := kind.FindStringSubmatch(query); m != nil && answered[m[1]] != nil {
			return m[1]
		}
	}
	return ""
}

// Every method that changes what a check answers tells of it, also one that is added later: otherwise
// somebody who was thrown out would stay in.
func TestChangesAreTold(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		typ := reflect.TypeFor[*store.Tx]()
		changes, excused := 0, 0
		for i := range typ.NumMethod() {
			m := typ.Method(i)
			if silent[m.Name] {
				continue
			}
			for _, query := range queriesFor(t, m.Type) {
				table := ""
				tx, done, err := store.Record(t.Context(), a.DB, false, func(query string, _ []any) {
					if of := touches(query); of != "" {
						table = of
					}
				})
				if err != nil {
					t.Fatal(err)
				}
				_ = call(t, m, tx, true, query) // what comes of it is looked at elsewhere
				told := len(store.Told(tx)) > 0
				done()
				switch {
				case table == "":
				case untold[m.Name] != "":
					excused++
				case !told:
					t.Errorf("%s changes %s, which checks answer from, and tells nobody", m.Name, table)
				default:
					changes++
				}
			}
		}
		if changes < 30 {
			t.Errorf("only %d methods change what checks answer", changes)
		}
		if excused > len(untold) {
			t.Errorf("%d are excused", excused)
		}
	})
}
