package risk

import (
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
)

// The table agrees with the code.
func TestSignals(t *testing.T) {
	known := reflect.TypeFor[Facts]()
	seen := map[sallyport.Signal]bool{}
	for _, row := range Signals {
		if seen[row.Signal] || row.Means == "" || row.Source == "" || row.Weight < 1 || row.Weight > maxScore {
			t.Errorf("incomplete row %+v", row)
		}
		seen[row.Signal] = true
		for _, fact := range row.Uses {
			if _, ok := known.FieldByName(fact); !ok {
				t.Errorf("%s uses %q, which is no fact", row.Signal, fact)
			}
		}
	}
	all := read(t)
	heaviest := map[sallyport.Signal]int{}
	for _, h := range all.Histories {
		for _, f := range Assess(facts(t, all.Places, h)).Findings {
			heaviest[f.Signal] = max(heaviest[f.Signal], f.Weight)
		}
	}
	for _, row := range Signals {
		if heaviest[row.Signal] != row.Weight {
			t.Errorf("%s weighs %d at most in the histories, %d in the table", row.Signal, heaviest[row.Signal], row.Weight)
		}
		if row.Weight >= Compromised && !row.proof {
			t.Errorf("%s flags a device alone and is no proof", row.Signal)
		}
	}
}

// The arguments of a sentence are never empty.
func TestArgs(t *testing.T) {
	all := read(t)
	for _, h := range all.Histories {
		for _, f := range Assess(facts(t, all.Places, h)).Findings {
			for name, value := range f.Args {
				if value == "" {
					t.Errorf("%s: %s has an empty %q", h.Name, f.Signal, name)
				}
			}
		}
	}
}

func TestDistance(t *testing.T) {
	places := read(t).Places
	for _, c := range []struct {
		a, b string
		want float64 // km
	}{
		{"basel", "saintlouis", 3.8}, {"detroit", "windsor", 2}, {"berlin", "london", 932}, {"newyork", "london", 5570},
		{"frankfurt", "singapore", 10267}, {"auckland", "honolulu", 7086}, {"apia", "pagopago", 125}, {"london", "sydney", 16994},
		{"madrid", "wellington", 19850}, {"berlin", "berlin", 0},
	} {
		ab, ok1 := Distance(places[c.a], places[c.b])
		ba, ok2 := Distance(places[c.b], places[c.a])
		if !ok1 || !ok2 || math.Abs(ab-c.want) > 1+c.want/200 || math.Abs(ab-ba) > 1e-6 {
			t.Errorf("%s to %s: %.1f km, back %.1f, want %.1f", c.a, c.b, ab, ba, c.want)
		}
	}
	pole := sallyport.Location{Latitude: 90}
	if km, ok := Distance(pole, sallyport.Location{Latitude: -90}); !ok || math.Abs(km-20015) > 1 {
		t.Errorf("pole to pole: %.1f km, %v", km, ok)
	}
	for _, bad := range []sallyport.Location{
		{}, {Country: "DE"}, {Latitude: 91}, {Longitude: -181}, {Latitude: math.NaN(), Longitude: 1}, {Latitude: 1, Longitude: math.Inf(1)},
	} {
		if km, ok := Distance(pole, bad); ok || km != 0 {
			t.Errorf("distance to %+v: %.1f km", bad, km)
		}
	}
}

// For any facts the score is on its scale and is the sum of its findings. Quiet signals, time
// zones and the order of the visits change nothing.
func TestProperties(t *testing.T) {
	places := read(t).Places
	names := slices.Sorted(maps.Keys(places))
	zones := []*time.Location{
		time.UTC, time.Local, time.FixedZone("", 14*3600), time.FixedZone("", -12*3600), load(t, "Europe/Berlin"), load(t, "Australia/Lord_Howe"),
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		f := random(r, places, names)
		was := clone(f)
		a := Assess(f)
		if !reflect.DeepEqual(f, was) {
			t.Fatalf("the facts were changed: %+v", was)
		}
		sound(t, f, a)

		quiet := clone(f)
		quiet.Quiet = append(quiet.Quiet, Signals[r.IntN(len(Signals))].Signal)
		if b := Assess(quiet); b.Score > a.Score || len(b.Findings) > len(a.Findings) {
			t.Fatalf("quiet made it louder: %+v, was %+v, for %+v", b, a, f)
		}
		worse := clone(f)
		worse.FactorFailures, worse.OtherAccounts = f.FactorFailures+r.IntN(3), f.OtherAccounts+r.IntN(3)
		if b := Assess(worse); b.Score < a.Score {
			t.Fatalf("more trouble made it better: %+v, was %+v, for %+v", b, a, f)
		}
		elsewhere := clone(f)
		elsewhere.Now = f.Now.In(zones[r.IntN(len(zones))])
		elsewhere.DeviceSince = f.DeviceSince.In(zones[r.IntN(len(zones))])
		for i := range elsewhere.Visits {
			elsewhere.Visits[i].At = f.Visits[i].At.In(zones[r.IntN(len(zones))])
		}
		r.Shuffle(len(elsewhere.Visits), func(i, j int) {
			elsewhere.Visits[i], elsewhere.Visits[j] = elsewhere.Visits[j], elsewhere.Visits[i]
		})
		if b := Assess(elsewhere); !reflect.DeepEqual(a, b) {
			t.Fatalf("zones or order matter: %+v, was %+v, for %+v", b, a, f)
		}
	}
}

// sound checks that an assessment agrees with itself and with the table.
func sound(t *testing.T, f Facts, a sallyport.Assessment) {
	t.Helper()
	sum := 0
	for i, found := range a.Findings {
		row := Signals[slices.IndexFunc(Signals, func(r Row) bool { return r.Signal == found.Signal })]
		if found.Weight < 1 || found.Weight > row.Weight || i > 0 && found.Weight > a.Findings[i-1].Weight {
			t.Fatalf("weights of %+v, for %+v", a, f)
		}
		if slices.Contains(f.Quiet, found.Signal) && !row.proof {
			t.Fatalf("%s is quiet and was found, for %+v", found.Signal, f)
		}
		sum += found.Weight
	}
	if a.Score < 0 || a.Score > 100 || a.Score != min(sum, 100) {
		t.Fatalf("score of %+v, for %+v", a, f)
	}
}

func clone(f Facts) Facts {
	f.Visits, f.Quiet = slices.Clone(f.Visits), slices.Clone(f.Quiet)
	return f
}

func random(r *rand.Rand, places map[string]sallyport.Location, names []string) Facts {
	ids := []string{"", "laptop", "phone", "thief"}
	now := time.Date(2026, time.Month(1+r.IntN(12)), 1+r.IntN(28), r.IntN(24), r.IntN(60), 0, 0, time.UTC)
	place := func() sallyport.Location { return places[names[r.IntN(len(names))]] }
	f := Facts{
		Now: now, Location: place(), DeviceID: ids[r.IntN(len(ids))],
		FactorFailures: r.IntN(8), CredentialReused: r.IntN(10) == 0, OtherAccounts: r.IntN(7),
	}
	if f.DeviceID != "" {
		f.DeviceSince = now.Add(-time.Duration(r.IntN(60*24)) * time.Hour)
	}
	machine := func() sallyport.Fingerprint {
		return sallyport.Fingerprint{
			Platform: strings.Repeat("x", r.IntN(3)), HardwareConcurrency: r.IntN(3), TouchSupport: r.IntN(2) == 0,
			ScreenResolution: []string{"", "800x600", "600x800", "x", "1x"}[r.IntN(5)], Timezone: []string{"", "UTC", "Asia/Tokyo"}[r.IntN(3)],
		}
	}
	f.Before, f.Fingerprint = machine(), machine()
	at := now.Add(time.Duration(r.IntN(20)-5) * time.Minute)
	for range r.IntN(mostVisits + 1) {
		at = at.Add(-time.Second - time.Duration(r.ExpFloat64()*float64(6*time.Hour)))
		f.Visits = append(f.Visits, Visit{At: at, Location: place(), DeviceID: ids[r.IntN(len(ids))], Confirmed: r.IntN(10) == 0})
	}
	return f
}

func load(t *testing.T, zone string) *time.Location {
	t.Helper()
	in, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return in
}
