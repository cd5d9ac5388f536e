package risk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // histories are written in local times

	"github.com/sallyport/sallyport"
)

// history is one case of testdata/histories.json: what had happened, the
// sign-in that is judged, what is right, and why.
//
//	"10x7 2026-05-11 08:00 Europe/Zurich | zurich | laptop | confirmed"
//
// is ten visits a week apart, the newest at that local time; "10x" is ten days.
// The zone can be an offset. Place, device and the last part may be empty.
type history struct {
	Name   string
	Visits []string
	Now    string
	Known  int // days the device has been known; 0 for one that is new

	Failures, Others    int
	Reused              bool
	Quiet               []sallyport.Signal
	Before, Fingerprint sallyport.Fingerprint

	Expect []string // "impossible_travel 60", heaviest first
	Args   map[string]string
	Level  string // "none", "unusual" or "compromised"
	Why    string
}

type fixture struct {
	Places    map[string]sallyport.Location
	Histories []history
}

func read(t testing.TB) fixture {
	t.Helper()
	text, err := os.ReadFile("testdata/histories.json")
	if err != nil {
		t.Fatal(err)
	}
	var all fixture
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestHistories(t *testing.T) {
	all := read(t)
	if n := len(all.Histories); n < 40 {
		t.Errorf("%d histories, want 40 at least", n)
	}
	seen := map[string]bool{}
	for _, h := range all.Histories {
		if seen[h.Name] || h.Name == "" || h.Why == "" {
			t.Errorf("%q: every history needs a name of its own and a reason", h.Name)
		}
		seen[h.Name] = true
		t.Run(h.Name, func(t *testing.T) {
			got := Assess(facts(t, all.Places, h))
			var found []string
			for _, f := range got.Findings {
				found = append(found, fmt.Sprintf("%s %d", f.Signal, f.Weight))
			}
			if !slices.Equal(found, h.Expect) || level(got) != h.Level {
				t.Errorf("%s\n found %q, %s\n want  %q, %s\n because %s\n %+v", h.Name, found, level(got), h.Expect, h.Level, h.Why, got)
			}
			if h.Args != nil && (len(got.Findings) == 0 || !maps.Equal(got.Findings[0].Args, h.Args)) {
				t.Errorf("%s: args of %+v, want %v", h.Name, got.Findings, h.Args)
			}
		})
	}
}

func level(a sallyport.Assessment) string {
	switch {
	case a.Score >= Compromised:
		return "compromised"
	case a.Score >= Unusual:
		return "unusual"
	}
	return "none"
}

func facts(t testing.TB, places map[string]sallyport.Location, h history) Facts {
	t.Helper()
	now := visits(t, places, h.Now)[0]
	f := Facts{
		Now: now.At, Location: now.Location, DeviceID: now.DeviceID,
		Fingerprint: h.Fingerprint, Before: h.Before,
		FactorFailures: h.Failures, CredentialReused: h.Reused, OtherAccounts: h.Others, Quiet: h.Quiet,
	}
	if h.Known > 0 {
		f.DeviceSince = f.Now.Add(-time.Duration(h.Known) * 24 * time.Hour)
	}
	for _, line := range h.Visits {
		f.Visits = append(f.Visits, visits(t, places, line)...)
	}
	slices.SortFunc(f.Visits, func(a, b Visit) int { return b.At.Compare(a.At) })
	f.Visits = f.Visits[:min(len(f.Visits), mostVisits)]
	return f
}

var form = regexp.MustCompile(`^(?:(\d+)x(\d*) )?(\d{4}-\d\d-\d\d \d\d:\d\d) (\S+) \| (\S*) \| (\S*)( \| confirmed)?$`)

func visits(t testing.TB, places map[string]sallyport.Location, line string) []Visit {
	t.Helper()
	m := form.FindStringSubmatch(line)
	if m == nil {
		t.Fatalf("cannot read %q", line)
	}
	place, ok := places[m[5]]
	if !ok && m[5] != "" {
		t.Fatalf("%q: no such place", line)
	}
	at := local(t, m[3], m[4])
	times, every := 1, 1
	if m[1] != "" {
		times, _ = strconv.Atoi(m[1])
	}
	if m[2] != "" {
		every, _ = strconv.Atoi(m[2])
	}
	var all []Visit
	for i := range times {
		all = append(all, Visit{At: at.AddDate(0, 0, -i*every), Location: place, DeviceID: m[6], Confirmed: m[7] != ""})
	}
	return all
}

func local(t testing.TB, clock, zone string) time.Time {
	t.Helper()
	if strings.HasPrefix(zone, "+") || strings.HasPrefix(zone, "-") {
		at, err := time.Parse("2006-01-02 15:04 -07:00", clock+" "+zone)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	in, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", clock, in)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
