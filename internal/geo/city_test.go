package geo

import (
	"bytes"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"github.com/sallyport/sallyport"
)

type object = mmdbtype.Map
type records map[string]mmdbtype.DataType

func name(s string) object {
	return object{"names": object{"en": mmdbtype.String(s), "de": mmdbtype.String("nicht " + s)}}
}

// nestedCity is a city file as MaxMind writes it.
func nestedCity() records {
	return records{
		"193.0.0.0/20": object{
			"country":      object{"iso_code": mmdbtype.String("NL"), "names": object{"en": mmdbtype.String("Netherlands")}},
			"subdivisions": mmdbtype.Slice{name("North Holland"), name("second")},
			"city":         name("Amsterdam"),
			"location": object{
				"latitude": mmdbtype.Float64(52.37), "longitude": mmdbtype.Float64(4.895),
				"time_zone": mmdbtype.String("Europe/Amsterdam"), "accuracy_radius": mmdbtype.Uint16(20),
			},
		},
		"81.2.69.0/24": object{"country": object{"iso_code": mmdbtype.String("GB")}, "city": name("London")},
		"8.8.8.0/24":   object{"registered_country": object{"iso_code": mmdbtype.String("FR")}},
	}
}

// flatCity is a city file as ip-location-db writes it.
func flatCity() records {
	return records{"193.0.0.0/20": object{
		"country_code": mmdbtype.String("NL"), "state1": mmdbtype.String("North Holland"), "state2": mmdbtype.String(""),
		"city": mmdbtype.String("Amsterdam"), "postcode": mmdbtype.String("1012"),
		"latitude": mmdbtype.Float32(52.37), "longitude": mmdbtype.Float32(4.895),
		"timezone": mmdbtype.String("Europe/Amsterdam"),
	}}
}

// build returns the bytes of a MaxMind DB file.
func build(t testing.TB, data records) []byte {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "test", RecordSize: 28, BuildEpoch: 1750000000})
	if err != nil {
		t.Fatal(err)
	}
	for prefix, record := range data {
		_, network, err := net.ParseCIDR(prefix)
		if err != nil {
			t.Fatal(err)
		}
		if err := tree.Insert(network, record); err != nil {
			t.Fatal(err)
		}
	}
	var buf bytes.Buffer
	if _, err := tree.WriteTo(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func write(t testing.TB, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "city.mmdb")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func writeCity(t testing.TB, data records) string { return write(t, build(t, data)) }

func TestLookupCity(t *testing.T) {
	amsterdam := sallyport.Location{
		Country: "NL", Region: "North Holland", City: "Amsterdam",
		Latitude: 52.37, Longitude: 4.895, TimeZone: "Europe/Amsterdam",
	}
	precise := amsterdam
	precise.AccuracyKM = 20

	for _, test := range []struct {
		name string
		data records
		addr string
		want sallyport.Location
	}{
		{"nested", nestedCity(), "193.0.6.139", precise},
		{"nested, mapped", nestedCity(), "::ffff:193.0.6.139", precise},
		{"nested, without coordinates", nestedCity(), "81.2.69.142", sallyport.Location{Country: "GB", City: "London"}},
		{"nested, without a country", nestedCity(), "8.8.8.8", sallyport.Location{Country: "US"}},
		{"nested, not in the file", nestedCity(), "133.11.0.1", sallyport.Location{Country: "JP"}},
		{"flat", flatCity(), "193.0.6.139", amsterdam},
		{"flat, IPv6 not in the file", flatCity(), "2001:67c:2e8::1", sallyport.Location{Country: "NL"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := open(t, writeCity(t, test.data))
			if got := db.Lookup(netip.MustParseAddr(test.addr)); got != test.want {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

// Impossible values in a file are dropped.
func TestLookupCleans(t *testing.T) {
	db := open(t, writeCity(t, records{
		"193.0.0.0/20": object{
			"country_code": mmdbtype.String("NL"), "city": mmdbtype.String("a\x1b[31m"),
			"state1": mmdbtype.String(strings.Repeat("x", 101)), "timezone": mmdbtype.String("bad\xff"),
			"latitude": mmdbtype.Float64(91), "longitude": mmdbtype.Float64(4),
		},
		"133.0.0.0/8": object{"country_code": mmdbtype.String("<b"), "city": mmdbtype.String("Tokyo")},
	}))
	for addr, want := range map[string]string{"193.0.6.139": "NL", "133.11.0.1": "JP"} {
		if got := db.Lookup(netip.MustParseAddr(addr)); got != (sallyport.Location{Country: want}) {
			t.Errorf("%s: got %+v, want only country %s", addr, got, want)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	good := build(t, nestedCity())
	marker := bytes.LastIndex(good, []byte("\xab\xcd\xefMaxMind.com"))
	for _, test := range []struct{ name, path, want string }{
		{"missing", filepath.Join(t.TempDir(), "absent.mmdb"), "no such file"},
		{"directory", t.TempDir(), "directory"},
		{"empty", write(t, nil), "empty"},
		{"text", write(t, []byte("network,country\n1.0.0.0/24,AU\n")), "MaxMind DB"},
		{"cut short", write(t, good[:len(good)/2]), "MaxMind DB"},
		{"tree missing", write(t, good[marker:]), "MaxMind DB"},
		{"no places", writeCity(t, records{
			"8.8.8.0/24": object{"autonomous_system_number": mmdbtype.Uint32(15169)},
		}), `database type "test"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			db, err := Open(test.path)
			if err == nil {
				t.Fatalf("opened: %v", db.Close())
			}
			if !strings.Contains(err.Error(), test.path) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q does not name %q and %q", err, test.path, test.want)
			}
		})
	}
}

// A damaged file is refused or gives an answer. It never causes a panic, and its answers
// are clean.
func FuzzDamagedCity(f *testing.F) {
	good := build(f, nestedCity())
	f.Add(uint(0), byte(0xff))
	f.Add(uint(len(good)/2), byte(1))
	f.Add(uint(len(good)-20), byte(7))
	f.Fuzz(func(t *testing.T, at uint, flip byte) {
		bad := bytes.Clone(good)
		bad[at%uint(len(bad))] ^= flip
		bad[(at*31+7)%uint(len(bad))] ^= flip >> 1
		db, err := Open(write(t, bad))
		if err != nil {
			return
		}
		defer db.Close()
		for _, addr := range []string{"193.0.6.139", "81.2.69.142", "8.8.8.8", "2001:67c:2e8::1"} {
			got := db.Lookup(netip.MustParseAddr(addr))
			if got != clean(got) {
				t.Errorf("%s: got %+v", addr, got)
			}
		}
	})
}
