package account

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sallyport/sallyport"
)

// shown writes rows as text: the line, the fields, and what is wrong.
func shown(rows []listed) (out []string) {
	for _, r := range rows {
		text := fmt.Sprint(r.line, " ", strings.Join([]string{r.email, r.firstName, r.lastName, r.role, r.group}, "|"))
		for _, w := range r.wrong {
			text += " " + w.Field + ":" + w.Code
		}
		out = append(out, text)
	}
	return out
}

func TestParseList(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want []string
	}{
		"one a line":                      {"ada@x.org\nbob@x.org", []string{"1 ada@x.org||||", "2 bob@x.org||||"}},
		"empty lines, old and new ends":   {"\r\n\nada@x.org\r\n \t \rbob@x.org\r", []string{"3 ada@x.org||||", "5 bob@x.org||||"}},
		"a mark of the byte order":        {"\ufeffada@x.org", []string{"1 ada@x.org||||"}},
		"such a mark before a header":     {"\ufeffE-Mail;Vorname;Gruppe\r\nada@x.org;Ada;Engines\r\n", []string{"2 ada@x.org|Ada|||Engines"}},
		"columns":                         {"ada@x.org,Ada,Lovelace,admin,Engines", []string{"1 ada@x.org|Ada|Lovelace|admin|Engines"}},
		"semicolons, a comma in one":      {"ada@x.org;Ada;King, Countess;member", []string{"1 ada@x.org|Ada|King, Countess|member|"}},
		"tabs":                            {"ada@x.org\tAda\tLovelace", []string{"1 ada@x.org|Ada|Lovelace||"}},
		"another separator in each line":  {"ada@x.org,Ada\nbob@x.org;Bob\ncy@x.org\tCy", []string{"1 ada@x.org|Ada|||", "2 bob@x.org|Bob|||", "3 cy@x.org|Cy|||"}},
		"a header in another order":       {"Last Name,First name,E-mail address,Phone,ROLE\nLovelace,Ada,ada@x.org,+41,owner", []string{"2 ada@x.org|Ada|Lovelace|owner|"}},
		"a header with whole names":       {"Name,Mail\n\"Lovelace, Ada\",ada@x.org\nAda King Lovelace,ada@y.org", []string{"2 ada@x.org|Ada|Lovelace||", "3 ada@y.org|Ada King|Lovelace||"}},
		"names before addresses":          {"Ada Lovelace <ada@x.org>\n\"Byron, Lord\" <byron@x.org>\nTuring, Alan <alan@x.org>\n<bare@x.org>", []string{"1 ada@x.org|Ada|Lovelace||", "2 byron@x.org|Lord|Byron||", "3 alan@x.org|Alan|Turing||", "4 bare@x.org||||"}},
		"as mail programs copy":           {`Ada Lovelace <ada@x.org>, "Byron, Lord" <byron@x.org>`, []string{"1 ada@x.org|Ada|Lovelace||", "1 byron@x.org|Lord|Byron||"}},
		"addresses in one line":           {"ada@x.org, bob@x.org,cy@x.org", []string{"1 ada@x.org||||", "1 bob@x.org||||", "1 cy@x.org||||"}},
		"quotes":                          {`"ada@x.org","Ada ""the first""","Love,lace"`, []string{`1 ada@x.org|Ada "the first"|Love,lace||`}},
		"a quotation mark inside a field": {`ada@x.org,Ada "Ace",O"Neill`, []string{`1 ada@x.org|Ada "Ace"|O"Neill||`}},
		"an open quote spoils its line":   {"ada@x.org,\"Ada\nbob@x.org,Bob", []string{"1 |||| list:unclosed_quote", "2 bob@x.org|Bob|||"}},
		"too many columns":                {"ada@x.org,Ada,Lovelace,member,Engines,more,still more", []string{"1 ada@x.org|Ada|Lovelace|member|Engines list:too_many_columns"}},
		"empty columns at the end":        {"ada@x.org,Ada,,,,,,", []string{"1 ada@x.org|Ada|||"}},
		"no address":                      {"Ada Lovelace", []string{"1 Ada Lovelace||||"}},
		"a header without an address":     {"Vorname,Nachname\nada@x.org", []string{"1 Vorname|Nachname|||", "2 ada@x.org||||"}},
		"a header that comes late":        {"ada@x.org\nemail,first name", []string{"1 ada@x.org||||", "2 email|first name|||"}},
		"right to left and emoji":         {"noor@x.org,نور,الحداد\n🦄@x.org,🦄,\u202eevil", []string{"1 noor@x.org|نور|الحداد||", "2 🦄@x.org|🦄|\u202eevil||"}},
		"formulas are text":               {"ada@x.org,=1+1,@sum", []string{"1 ada@x.org|=1+1|@sum||"}},
	} {
		t.Run(name, func(t *testing.T) {
			rows, err := parseList(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			got := shown(rows)
			if !slices.Equal(got, tt.want) {
				t.Errorf("%q\n got %q\nwant %q", tt.text, got, tt.want)
			}
		})
	}
	for text, code := range map[string]string{
		"": "required", " \r\n\t\n\ufeff": "required", "email;role\n": "required",
		strings.Repeat("a@x.org\n", MaxListed+1): "too_many_rows", strings.Repeat("a@x.org,", MaxListed+1): "too_many_rows",
		strings.Repeat("\"\n", 10_000): "too_many_rows",
	} {
		rows, err := parseList(text)
		if rows != nil || sallyport.CodeOf(err) != sallyport.CodeInvalid || !strings.Contains(err.Error(), code) {
			t.Errorf("%.20q: %d rows, %v", text, len(rows), err)
		}
	}
	if rows, err := parseList(strings.Repeat("a@x.org\n", MaxListed)); err != nil || len(rows) != MaxListed {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

// Whatever is pasted: no row is lost, each stands in its line, and nothing is made up.
func FuzzParseList(f *testing.F) {
	for _, text := range []string{
		"ada@x.org\nbob@x.org", "\ufeffemail;name\r\nada@x.org;\"Lovelace, Ada\"\r\n", `Ada <ada@x.org>, "B, C" <b@x.org>; d@x.org`,
		"\"", "\"\"\"", "<", ">", "a<b>c<d>", "\t;,", "ada@x.org,\"Ada", "\u202e\u2066@x.org", "🦄@x.org,🦄", "\xff\xfe@\x00", "a@\rb@\n\rc@",
		strings.Repeat(",", 2000), strings.Repeat("a@b;", 1200), strings.Repeat("x@y.org,X,Y\r\n", 10_000), "email,email\na@x,b@x",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := parseList(text)
		if err != nil {
			if rows != nil || sallyport.CodeOf(err) != sallyport.CodeInvalid {
				t.Fatalf("%d rows and %v", len(rows), err)
			}
			return
		}
		all := lines(text)
		for i, r := range rows {
			if r.line < 1 || r.line > len(all) || i > 0 && r.line < rows[i-1].line {
				t.Fatalf("row %d is of line %d of %d", i, r.line, len(all))
			}
			for _, field := range []string{r.email, r.firstName, r.lastName, r.role, r.group} {
				if strings.ContainsAny(field, "\r\n") || field != trim(field) {
					t.Errorf("%q has a field %q", all[r.line-1], field)
				}
				if utf8.ValidString(text) && !utf8.ValidString(field) {
					t.Errorf("%q is cut inside of a character: %q", all[r.line-1], field)
				}
				for _, word := range strings.Fields(strings.ReplaceAll(field, `"`, " ")) {
					if !strings.Contains(text, word) {
						t.Errorf("%q has %q, which nobody typed", all[r.line-1], word)
					}
				}
			}
		}
		rest := len(slices.DeleteFunc(all, func(l string) bool { return trim(l) == "" }))
		seen := map[int]bool{}
		for _, r := range rows {
			seen[r.line] = true
		}
		if len(seen) < rest-1 || len(seen) > rest { // all but a header
			t.Errorf("%d lines of %d have rows", len(seen), rest)
		}
	})
}
