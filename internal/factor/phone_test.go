package factor_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/factor"
)

// phones are numbers as people type them, and their E.164 or the rule they break.
var phones = []struct{ number, country, want string }{
	{"079 123 45 67", "CH", "+41791234567"},
	{"079/123.45-67", "ch", "+41791234567"},
	{"+41 (0)79 123 45 67", "", "+41791234567"},
	{"+41 79 123 45 67", "US", "+41791234567"}, // the + decides
	{"＋４１ ７９ １２３ ４５ ６７", "", "+41791234567"},
	{"0041 79 123 45 67", "CH", "+41791234567"},
	{"41791234567", "CH", "+41791234567"},
	{"011 41 79 123 45 67", "US", "+41791234567"},
	{"tel:+41-79-123-45-67", "", "+41791234567"},
	{"\u202a+41 79 123 45 67\u202c", "", "+41791234567"}, // as phone books copy it
	{"(201) 555-0123", "US", "+12015550123"},             // fixed or mobile: it does not show
	{"07400 123456", "GB", "+447400123456"},
	{"0151 23456789", "DE", "+4915123456789"},
	{"06 12 34 56 78", "FR", "+33612345678"},
	{"312 345 6789", "IT", "+393123456789"},
	{"612 345 678", "ES", "+34612345678"},
	{"0664 123456", "AT", "+43664123456"},
	{"06 12345678", "NL", "+31612345678"},
	{"090-1234-5678", "JP", "+819012345678"},
	{"۰۹۱۲۳۴۵۶۷۸۹", "IR", "+989123456789"},
	{"८१२३४५६७८९", "IN", "+918123456789"},
	{"(11) 96123-4567", "BR", "+5511961234567"},
	{"+52 55 1234 5678", "", "+525512345678"},
	{"+52 1 55 1234 5678", "", "+525512345678"}, // address books keep what was abolished in 2019
	{"0052 1 55 1234 5678", "DE", "+525512345678"},
	{"011 52 1 55 1234 5678", "US", "+525512345678"},
	{"044 55 1234 5678", "MX", "+525512345678"},
	{"045 55 1234 5678", "mx", "+525512345678"},
	{"1 55 1234 5678", "MX", "+525512345678"},
	{"55 1234 5678", "MX", "+525512345678"},
	{"+52 1 33 1234 5678", "CH", "+523312345678"},
	{"0412 345 678", "AU", "+61412345678"},
	{"131 2345 6789", "CN", "+8613123456789"},
	{"8 912 345-67-89", "RU", "+79123456789"},
	{"+7 701 234 56 78", "", "+77012345678"}, // Kazakhstan shares +7
	{"010-2000-0000", "KR", "+821020000000"},
	{"5123 4567", "HK", "+85251234567"},
	{"050 123 4567", "AE", "+971501234567"},
	{"071 123 4567", "ZA", "+27711234567"},
	{"0802 123 4567", "NG", "+2348021234567"},
	{"+225 01 23 45 67 89", "", "+2250123456789"}, // its leading zero belongs to it

	{"", "CH", "required"},
	{" \u00a0-() ", "CH", "required"},
	{"079 123 45 67", "", "phone_country"},
	{"079 123 45 67", "XX", "phone_country"},
	{"0041 79 123 45 67", "", "phone_country"},
	{"+999 123 4567", "", "phone_country"},
	{"abc", "CH", "phone_invalid"},
	{"079 123 45 67 ext. 5", "CH", "phone_invalid"},
	{"1-800-FLOWERS", "US", "phone_invalid"},
	{"079+123 45 67", "CH", "phone_invalid"},
	{"*100#", "CH", "phone_invalid"},
	{"+41 00 000 00 00", "", "phone_invalid"},
	{"12", "CH", "phone_too_short"},
	{"+", "", "phone_too_short"},
	{"911", "US", "phone_too_short"},
	{"555 0123", "US", "phone_too_short"}, // no area code
	{"+1 201 555", "", "phone_too_short"},
	{"+41 79 123 45 67 89 01", "", "phone_too_long"},
	{"412345678901234567890", "CH", "phone_too_long"},
	{strings.Repeat("0", 500), "CH", "phone_too_long"},
	{"079 123 45 67" + strings.Repeat(" ", 130), "CH", "phone_too_long"},
	{"044 668 18 00", "CH", "phone_not_mobile"},
	{"0800 123 456", "CH", "phone_not_mobile"},
	{"0900 123 456", "CH", "phone_not_mobile"}, // would cost the operator
	{"020 7946 0018", "GB", "phone_not_mobile"},
	{"+44 7640 123456", "", "phone_not_mobile"}, // a pager
	{"+1 800 234 5678", "", "phone_not_mobile"},
	{"+1 900 234 5678", "", "phone_not_mobile"},
	{"+800 1234 5678", "", "phone_not_mobile"},
	{"+881 612 345 678", "", "phone_not_mobile"}, // satellites
	{"+870 773 111 222", "", "phone_not_mobile"},
	{"+882 16 12345678", "", "phone_not_mobile"}, // networks of no country
	{"+883 5100 1234 5678", "", "phone_not_mobile"},
	{"+878 10 1234567890", "", "phone_not_mobile"},
	{"00881 612 345 678", "DE", "phone_not_mobile"},
}

func TestParsePhone(t *testing.T) {
	for _, tt := range phones {
		got, err := factor.ParsePhone("phoneNumber", tt.number, tt.country)
		if strings.HasPrefix(tt.want, "+") {
			if got != tt.want || err != nil {
				t.Errorf("%q of %q: %q, %v, want %q", tt.number, tt.country, got, err, tt.want)
			}
			continue
		}
		var e *sallyport.Error
		if got != "" || !errors.As(err, &e) || e.Code != sallyport.CodeInvalid || len(e.Fields) != 1 ||
			e.Fields[0].Field != "phoneNumber" || e.Fields[0].Code != tt.want || e.Fields[0].Args != nil || e.Detail != "" || e.Err != nil {
			t.Errorf("%q of %q: %q, %v, want %s and nothing else", tt.number, tt.country, got, err, tt.want)
		}
	}
}

func TestCountries(t *testing.T) {
	all := factor.Countries()
	if len(all) < 240 || !slices.IsSortedFunc(all, func(a, b factor.Country) int { return strings.Compare(a.Code, b.Code) }) {
		t.Fatalf("%d countries", len(all))
	}
	shape := regexp.MustCompile(`^[A-Z]{2}$`)
	codes := map[string]int{}
	for _, c := range all {
		if !shape.MatchString(c.Code) || c.CallingCode < 1 || c.CallingCode > 999 || codes[c.Code] != 0 {
			t.Errorf("%+v", c)
		}
		codes[c.Code] = c.CallingCode
	}
	for code, want := range map[string]int{"CH": 41, "US": 1, "CA": 1, "GB": 44, "KZ": 7, "TW": 886} {
		if codes[code] != want {
			t.Errorf("%s has %d", code, codes[code])
		}
	}
	all[0].Code = "changed"
	if factor.Countries()[0].Code == "changed" {
		t.Error("the callers share one list")
	}
}

func TestMaskPhone(t *testing.T) {
	for in, want := range map[string]string{
		"+41791234567": "+41 ••• ••• 67", "+12015550123": "+1 ••• ••• 23", "+2250123456789": "+225 ••• ••• 89",
		"": "••• •••", "x": "••• •••", "0791234567": "••• •••", "+4112": "••• •••", "+41": "••• •••",
	} {
		if got := factor.MaskPhone(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzParsePhone(f *testing.F) {
	for _, p := range phones {
		f.Add(p.number, p.country)
	}
	e164 := regexp.MustCompile(`^\+[1-9][0-9]{4,14}$`)
	f.Fuzz(func(t *testing.T, number, country string) {
		got, err := factor.ParsePhone("f", number, country)
		if err != nil {
			var e *sallyport.Error
			if got != "" || !errors.As(err, &e) || len(e.Fields) != 1 {
				t.Fatalf("%q of %q: %q, %v", number, country, got, err)
			}
			return
		}
		if !e164.MatchString(got) {
			t.Fatalf("%q of %q: %q", number, country, got)
		}
		if again, err := factor.ParsePhone("f", got, ""); again != got || err != nil {
			t.Fatalf("%q of %q is %q, and that is %q, %v", number, country, got, again, err)
		}
		if masked := factor.MaskPhone(got); !strings.HasSuffix(masked, got[len(got)-2:]) || strings.Contains(masked, got[len(got)-4:]) {
			t.Fatalf("%s is masked as %s", got, masked)
		}
	})
}
