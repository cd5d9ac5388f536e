package list

import (
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport"
)

// Addresses, with their canonical form.
func TestParse(t *testing.T) {
	for address, want := range map[string]string{
		"":                                     "",
		"userId=":                              "",
		"userId=&limit=&sort=":                 "",
		"userId=u1":                            "userId=u1",
		"limit=50&sort=newest":                 "",
		"limit=25&sort=oldest":                 "limit=25&sort=oldest",
		"ip=192.0.2.7":                         "ip=192.0.2.7",
		"ip=192.0.2.7/24":                      "ip=192.0.2.0/24",
		"ip=192.0.2.7/32":                      "ip=192.0.2.7",
		"ip=::ffff:192.0.2.7":                  "ip=192.0.2.7",
		"ip=::ffff:192.0.2.0/120":              "ip=192.0.2.0/24",
		"ip=2001:DB8::1/48":                    "ip=2001:db8::/48",
		"from=2026-03-01&to=2026-03-31":        "from=2026-03-01&to=2026-03-31",
		"from=2026-03-01T12:00:00%2B02:00":     "from=2026-03-01T10:00:00Z",
		"to=2026-03-01T12:00:00.1234567Z":      "to=2026-03-01T12:00:00.123456Z",
		"to=2026-03-01&ip=192.0.2.1&userId=u1": "ip=192.0.2.1&to=2026-03-01&userId=u1",
	} {
		q, err := Attempts.Parse(query(t, address))
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		want, _ = url.QueryUnescape(want)
		if got, _ := url.QueryUnescape(q.Address().Encode()); got != want {
			t.Errorf("%s is said as %s, want %s", address, got, want)
		}
	}
}

func query(t *testing.T, address string) url.Values {
	t.Helper()
	v, err := url.ParseQuery(address)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestParseRefuses(t *testing.T) {
	for address, want := range map[string]string{
		"colour=red":                         "colour unknown_field",
		"colour=":                            "colour unknown_field",
		"cUrSoR=x":                           "cUrSoR unknown_field",
		"hunter2=":                           " unknown_field", // could be a secret
		"hunter2=&hunter3=":                  " unknown_field",
		"userId=a&userId=b":                  "userId invalid",
		"userId=a+b":                         "userId invalid",
		"userId=" + strings.Repeat("x", 65):  "userId invalid",
		"ip=192.0.2":                         "ip invalid_network",
		"ip=192.0.2.0/33":                    "ip invalid_network",
		"ip=fe80::1%25eth0":                  "ip invalid_network",
		"ip=::ffff:0:0/90":                   "ip invalid_network",
		"from=yesterday":                     "from invalid_time",
		"from=2026-02-30":                    "from invalid_time",
		"to=2026-02-28T00:00:00":             "to invalid_time",
		"limit=0":                            "limit out_of_range",
		"limit=201":                          "limit out_of_range",
		"limit=ten":                          "limit wrong_type",
		"sort=best":                          "sort unknown_value",
		"cursor=x":                           "cursor invalid_cursor",
		"cursor=" + strings.Repeat("A", 300): "cursor invalid_cursor",
		"ip=x&from=y&to=z&sort=best":         "from invalid_time; ip invalid_network; sort unknown_value; to invalid_time",
	} {
		_, err := Attempts.Parse(query(t, address))
		var got Refused
		if !errors.As(err, &got) {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if d := cmp.Diff(want, got.Error()); d != "" {
			t.Errorf("%s: %s", address, d)
		}
	}
	if _, err := OwnEvents.Parse(url.Values{"show": {"sessions", "nothing"}}); !strings.Contains(err.Error(), "show unknown_value") {
		t.Errorf("an unknown choice: %v", err)
	}
}

func TestConditions(t *testing.T) {
	q, err := Attempts.Parse(query(t, "from=2026-03-01&to=2026-03-31&ip=192.0.2.7/24&userId=u1"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range q.Conditions() {
		names = append(names, c.Field.Name)
		switch c.Field.Name {
		case "from":
			if !c.Time.Equal(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)) {
				t.Errorf("from %v", c.Time)
			}
		case "to":
			if !c.Time.Equal(time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)) {
				t.Errorf("to %v, want the end of the day", c.Time)
			}
		case "ip":
			if c.Range != netip.MustParsePrefix("192.0.2.0/24") {
				t.Errorf("ip %v", c.Range)
			}
		}
	}
	if d := cmp.Diff([]string{"userId", "ip", "from", "to"}, names); d != "" {
		t.Error(d)
	}
}

// A choice keeps the order of its table. What it stands for changes neither the address nor
// the cursor.
func TestMean(t *testing.T) {
	q, err := OwnEvents.Parse(url.Values{"show": {"devices", "sign_ins", "devices"}})
	if err != nil {
		t.Fatal(err)
	}
	m := q.Mean("show", func(given string) []string { return []string{given + ".1", given + ".2"} })
	if d := cmp.Diff([]string{"sign_ins.1", "sign_ins.2", "devices.1", "devices.2"}, m.Conditions()[0].Texts); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"sign_ins", "devices"}, q.Conditions()[0].Texts); d != "" {
		t.Errorf("the question itself changed: %s", d)
	}
	if m.Address().Encode() != "show=sign_ins&show=devices" || m.cursor([]string{"1"}) != q.cursor([]string{"1"}) {
		t.Errorf("address %s", m.Address().Encode())
	}
}

func rows(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func number(i int) []string { return []string{strconv.Itoa(i), "x"} }

func TestCut(t *testing.T) {
	q := Users.First()
	q.Limit = 3
	for n, want := range map[int]int{0: 0, 2: 2, 3: 3, 4: 3} {
		p := Cut(q, rows(n), number)
		if len(p.Rows) != want || (p.Next != "") != (n > 3) {
			t.Errorf("%d found: %d rows, next %q", n, len(p.Rows), p.Next)
		}
	}
	next, err := Users.Parse(q.Next(Cut(q, rows(4), number).Next))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"2", "x"}, next.After()); d != "" || next.Limit != 3 {
		t.Errorf("limit %d, after %s", next.Limit, d)
	}
	shown := Map(Cut(q, rows(4), number), func(i int) string { return strconv.Itoa(i) })
	if d := cmp.Diff([]string{"0", "1", "2"}, shown.Rows); d != "" || shown.Next == "" {
		t.Error(d)
	}
}

// A cursor is valid for its list, order and filters; it stays valid with another page size.
func TestCursorFits(t *testing.T) {
	from, err := Attempts.Parse(query(t, "userId=u1&limit=10"))
	if err != nil {
		t.Fatal(err)
	}
	cursor := Cut(from, rows(11), number).Next
	for address, fits := range map[string]bool{
		"userId=u1":              true,
		"userId=u1&limit=200":    true,
		"userId=u1&sort=newest":  true,
		"":                       false,
		"userId=u2":              false,
		"userId=u1&ip=192.0.2.1": false,
		"userId=u1&sort=oldest":  false,
	} {
		values := query(t, address)
		values.Set("cursor", cursor)
		_, err := Attempts.Parse(values)
		if fits != (err == nil) || err != nil && !errors.Is(err, ErrCursor) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := Events.Parse(url.Values{"userId": {"u1"}, "cursor": {cursor}}); !errors.Is(err, ErrCursor) {
		t.Errorf("another list: %v", err)
	}
	last := byte('A')
	if cursor[0] == last {
		last = 'B'
	}
	if _, err := from.At(string(last) + cursor[1:]); !errors.Is(err, ErrCursor) {
		t.Errorf("a changed cursor: %v", err)
	}
}

// Each list can be read, named and described.
func TestTables(t *testing.T) {
	names := map[string]bool{}
	for _, table := range Tables {
		if names[table.Name] || table.Name == "" || len(table.Orders) == 0 || table.Limit < 1 || table.Limit > table.Most {
			t.Errorf("table %+v", table)
		}
		names[table.Name] = true
		for _, f := range table.Fields {
			if repeatable(f.Name) != f.Name || f.Words == "" || f.Means == "" || (f.Kind == Choice) != (len(f.Choices) > 0) {
				t.Errorf("%s: field %+v", table.Name, f)
			}
			if slices.Contains([]string{paramSort, paramLimit, paramCursor}, f.Name) {
				t.Errorf("%s: field %s has the name of a parameter of every list", table.Name, f.Name)
			}
		}
		for _, p := range table.Parameters() {
			if p.Name == "" || p.Means == "" {
				t.Errorf("%s: parameter %+v", table.Name, p)
			}
		}
	}
}

func TestParameters(t *testing.T) {
	want := []Parameter{
		{Name: "outcome", Means: outcome.Means, Many: true, Values: []string{"success", "failure", "invalid_credentials", "mfa_failed", "account_locked", "account_disabled",
			"account_closed", "device_not_trusted", "factor_unavailable", "approval_denied", "sso_required", "sso_failed", "sso_unknown", "sso_refused", "session_expired", "rate_limited", "network_blocked"}},
		{Name: "unusual", Means: unusual.Means, Many: true, Values: []string{"unanswered", "settled"}},
		{Name: "userId", Means: ofUser.Means},
		{Name: "groupId", Means: ofGroup.Means},
		{Name: "deviceId", Means: onDevice.Means},
		{Name: "email", Means: typed.Means},
		{Name: "ip", Means: ip.Means},
		{Name: "from", Means: from.Means},
		{Name: "to", Means: to.Means},
		{Name: "sort", Means: "The order.", Values: []string{"newest", "oldest"}, Default: "newest"},
		{Name: "limit", Means: "Most items of one page.", Default: "50", Min: 1, Max: 200},
		{Name: "cursor", Means: "nextCursor of the page before, asked for with the same filters and order."},
	}
	if d := cmp.Diff(want, Attempts.Parameters()); d != "" {
		t.Error(d)
	}
}

// The table cannot name what it does not import.
func TestChoicesAreThoseOfTheProduct(t *testing.T) {
	for f, want := range map[*Field][]string{
		&userStatus:   {string(sallyport.UserActive), string(sallyport.UserInvited), string(sallyport.UserDisabled), string(sallyport.UserClosed), string(sallyport.UserService)},
		&secondFactor: {string(sallyport.NoFactor), string(sallyport.WeakFactor), string(sallyport.StrongFactor)},
	} {
		var got []string
		for _, o := range f.Choices {
			got = append(got, o.Value)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", f.Name, d)
		}
	}
}

// Any address is either refused or has one canonical form, which means the same.
func FuzzParse(f *testing.F) {
	f.Add("userId=u1&ip=192.0.2.0/24&from=2026-03-01&to=2026-03-31T00:00:00Z&sort=oldest&limit=7&cursor=AAAAAAAAeA")
	f.Add("from=9999-12-31T23:59:59.9999999-23:00&ip=::ffff:1.2.3.4/96")
	f.Add("to=0001-01-01&hunter2=")
	f.Fuzz(func(t *testing.T, address string) {
		values, err := url.ParseQuery(address)
		if err != nil {
			return
		}
		for _, table := range Tables {
			q, err := table.Parse(values)
			if err != nil {
				if refused := (Refused)(nil); !errors.As(err, &refused) {
					t.Fatal(err)
				}
				continue
			}
			again, err := table.Parse(q.Address())
			if err != nil || again.Address().Encode() != q.Address().Encode() || string(again.mark()) != string(q.mark()) {
				t.Fatalf("%s is said as %s, which is %v, %v", address, q.Address().Encode(), again.Address(), err)
			}
			if again.Limit < 1 || again.Limit > table.Most {
				t.Fatalf("limit %d", again.Limit)
			}
		}
	})
}
