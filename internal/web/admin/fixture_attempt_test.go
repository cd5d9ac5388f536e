package admin

import (
	"fmt"
	"net/http/httptest"
	"net/netip"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// tried are attempts with every outcome.
func tried() []sallyport.Attempt {
	devices := []sallyport.DeviceInfo{
		{Type: sallyport.DeviceDesktop, Browser: "Chrome", BrowserVersion: "141", OS: "Windows", OSVersion: "11"}, {Type: sallyport.DeviceMobile, Browser: "Safari", OS: "iOS", Model: "iPhone"},
		{Type: sallyport.DeviceDesktop, Browser: "Firefox", BrowserVersion: "143", OS: "Linux"}, {},
	}
	places := []struct {
		at sallyport.Location
		ip string
	}{
		{sallyport.Location{Country: "NL", City: "Rotterdam"}, "192.0.2.17"}, {sallyport.Location{Country: "DE", City: "Frankfurt am Main"}, "2001:db8:85a3:8d3:1319:8a2e:370:7348"},
		{sallyport.Location{Country: "VN", City: "Thành phố Hồ Chí Minh"}, "203.0.113.222"}, {sallyport.Location{}, "198.51.100.7"},
	}
	reasons := []sallyport.Code{"", sallyport.CodeInvalidCredentials, "", sallyport.CodeMFAFailed, sallyport.CodeAccountLocked, sallyport.CodeNetworkBlocked, sallyport.CodeAccountDisabled,
		sallyport.CodeDeviceNotTrusted, sallyport.CodeFactorUnavailable, sallyport.CodeSessionExpired, sallyport.CodeRateLimited, sallyport.CodeAccountClosed}
	var out []sallyport.Attempt
	for i := range 25 {
		who, place, reason := people()[i], places[i%len(places)], reasons[i%len(reasons)]
		a := sallyport.Attempt{
			ID: fmt.Sprintf("0193-a%d", i), UserID: who.ID, Email: who.Email, IPAddress: place.ip, Location: place.at, DeviceInfo: devices[i%len(devices)], FailureReason: reason,
			Successful: reason == "", MFARequired: i%2 == 0, MFAVerified: reason == "", CreatedAt: kittest.Now.Add(-time.Duration(i*i) * 3 * time.Minute),
			UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
		}
		switch i {
		case 1, 9:
			a.UserID, a.Email = "", "administrator@northwind.example"
		case 5:
			a.UserID, a.Email = "", ""
		case 0:
			a.SessionID, a.DeviceID = "0193-s1", "0193-d1"
		case 2:
			a.Assessment = sallyport.Assessment{Score: 55, Findings: []sallyport.Finding{{Signal: "new_country", Weight: 30, Args: map[string]string{"country": "VN"}}}}
		}
		out = append(out, a)
	}
	return out
}

// attemptsOf is a list of attempts at an address.
func attemptsOf(query string, found ...sallyport.Attempt) attempts {
	l := attempts{register: register{
		reader: reader(), groups: groups, names: map[string]sallyport.User{},
		list: kit.Listed(httptest.NewRequest("GET", attemptsPath+query, nil), attemptsPath, list.Attempts, registered),
	}}
	l.list.Typed = []string{"userId", "email"}
	for _, u := range people() {
		u.TenantID = "northwind"
		l.names[u.ID] = u
	}
	l.found.Rows = found
	return l
}

// network reads a network.
func network(text string) netip.Prefix { return netip.MustParsePrefix(text) }

// block is a network that is blocked.
func block() sallyport.NetworkBlock {
	return sallyport.NetworkBlock{
		ID: "0193-b1", Network: network("203.0.113.0/24"), Reason: "Guesses passwords of drivers", CreatedBy: kittest.Amara.ID,
		CreatedAt: kittest.Now.Add(-3 * time.Hour), ExpiresAt: kittest.Now.Add(21 * time.Hour),
	}
}

// held is a lock of strangers.
func held() []throttle.Held {
	return []throttle.Held{{Scope: throttle.Account, Strangers: true, Until: kittest.Now.Add(25 * time.Minute)}}
}

// guesses are sums of failures by account: of people, and of a name that nobody has.
func guesses() (out account.Guesses[account.GuessedAccount]) {
	for i, u := range people()[:9] {
		u.TenantID = "northwind"
		row := account.GuessedAccount{Guessed: store.Guessed{Email: u.Email, Key: u.Email, UserID: u.ID, Failures: 4211 / (i*i + 1), Networks: 380 / (i + 1), Last: kittest.Now.Add(-time.Duration(i*7) * time.Minute)}, User: u}
		switch i {
		case 1:
			row.Email, row.Key, row.User = "administrator@northwind.example", "administrator@northwind.example", sallyport.User{Email: "administrator@northwind.example"}
			row.Locks = held()
		case 2, 3:
			row.Locks = held()
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// sources are sums of failures by network.
func sources() (out account.Guesses[account.GuessingNetwork]) {
	for i, one := range []struct{ network, country, city string }{
		{"203.0.113.222/32", "VN", "Thành phố Hồ Chí Minh"}, {"2001:db8:85a3:8d3::/64", "DE", "Frankfurt am Main"}, {"198.51.100.7/32", "", ""}, {"192.0.2.17/32", "NL", "Rotterdam"},
	} {
		row := account.GuessingNetwork{Guessing: store.Guessing{
			Network: network(one.network), Location: sallyport.Location{Country: one.country, City: one.city}, Failures: 48210 / (i*i*i + 1), Names: 1200 / (i*i + 1), Last: kittest.Now.Add(-time.Duration(i*13) * time.Minute),
		}}
		if i == 0 {
			row.Block = block()
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

func attemptFixtures() []kittest.Fixture {
	page := func(name string, l attempts) kittest.Fixture {
		return inAdmin("attempts-"+name, "attempt_list", attemptsPath, func(s kit.Speaker) any { return l.view(s) })
	}
	many := attemptsOf("", tried()...)
	many.found.Next = "1"
	searching := attemptsOf("?groupId=g3&outcome=mfa_failed")
	searching.found.Next, searching.found.Searched = "1", 50000
	none := attemptsOf("?ip=192.0.2.0/24&outcome=account_locked&email=nobody@northwind.example")
	none.drop = []kit.Chip{{Text: "Without “Outcome: Account locked”", Path: attemptsPath}}
	unusual := attemptsOf("?outcome=success", tried()[:12]...)
	unusual.open = &account.SeenAttempt{Attempt: tried()[2], User: people()[2]}
	guessed := attemptsOf("", tried()[:12]...)
	guessed.open = &account.SeenAttempt{Attempt: tried()[4], User: people()[4], Locks: held()}
	strange := attemptsOf("", tried()[:12]...)
	strange.open = &account.SeenAttempt{Attempt: tried()[1], Locks: held(), Block: block()}
	narrow := attemptsOf("", tried()[:6]...)
	narrow.reader, narrow.groups, narrow.left = reader("sessions.view"), nil, true
	narrow.open = &account.SeenAttempt{Attempt: tried()[0], User: people()[0]}
	sums := func(name, template, path string, view func(s kit.Speaker) any) kittest.Fixture {
		return inAdmin("attempts-"+name, template, path, view)
	}
	cut := sources()
	cut.Cut, cut.Since = true, kittest.Now.Add(-5*time.Hour)
	return []kittest.Fixture{
		page("many", many), page("none", none), page("searching", searching), page("empty", attemptsOf("")),
		page("unusual", unusual), page("locked", guessed), page("blocked", strange), page("narrow", narrow),
		sums("by-account", "attempt_accounts", guessedPath, func(s kit.Speaker) any { return viewGuessed(s, reader(), "day", guesses()) }),
		sums("by-account-quiet", "attempt_accounts", guessedPath, func(s kit.Speaker) any {
			return viewGuessed(s, reader(), "week", account.Guesses[account.GuessedAccount]{})
		}),
		sums("by-network", "attempt_networks", guessingPath, func(s kit.Speaker) any { return viewGuessing(s, reader(), "day", sources()) }),
		sums("by-network-cut", "attempt_networks", guessingPath, func(s kit.Speaker) any { return viewGuessing(s, reader("sessions.view"), "week", cut) }),
		sums("unlock", "act_confirm", guessedPath, func(s kit.Speaker) any { return askUnlock(s, people()[4], guessedPath) }),
	}
}

func blockFixtures() []kittest.Fixture {
	names := map[string]sallyport.User{kittest.Amara.ID: kittest.Amara}
	wide, old := block(), block()
	wide.ID, wide.Network, wide.CreatedBy, wide.Reason = "0193-b2", network("2001:db8::/32"), "operator", "Angriffe auf die Anmeldung aus diesem Rechenzentrum, gemeldet vom Betreiber am Wochenende"
	old.ID, old.Network, old.CreatedBy = "0193-b3", network("198.51.100.7/32"), "gone"
	form := func(name string, reach *account.Reach, own bool) kittest.Fixture {
		return inAdmin("block-"+name, "act_form", newBlockPath, func(s kit.Speaker) any {
			at := ""
			if reach != nil {
				at = account.NetworkText(reach.Network)
			}
			return viewBlock(s, at, reach, own, guessingPath)
		})
	}
	refused := inAdmin("block-own", "act_form", newBlockPath, func(s kit.Speaker) any {
		v := viewBlock(s, "192.0.2.0/24", &account.Reach{Network: network("192.0.2.0/24"), Own: "192.0.2.17", Sessions: 12}, true, guessingPath)
		v.Refill(s, &kit.Again{Typed: map[string]string{"network": "192.0.2.0/24", "for": "day", "reason": "Guesses passwords"}, Err: &sallyport.Error{
			Code: sallyport.CodeOwnNetwork, Fields: []sallyport.FieldError{{Field: "includingMine", Code: "own_network", Args: map[string]string{"address": "192.0.2.17"}}},
		}})
		return v
	})
	return []kittest.Fixture{
		inAdmin("blocks", "block_list", blocksPath, func(s kit.Speaker) any {
			return viewBlocks(s, reader(), []sallyport.NetworkBlock{block(), wide, old}, names)
		}),
		inAdmin("blocks-none", "block_list", blocksPath, func(s kit.Speaker) any { return viewBlocks(s, reader("sessions.view"), nil, nil) }),
		form("new", nil, false), form("named", &account.Reach{Network: network("203.0.113.222/32"), Sessions: 3}, false), refused,
		form("mine", &account.Reach{Network: network("192.0.2.17/32"), Own: "192.0.2.17", Sessions: 10000, More: true}, false),
		inAdmin("block-lift", "act_confirm", blocksPath, func(s kit.Speaker) any { return askLift(s, block(), blocksPath) }),
	}
}
