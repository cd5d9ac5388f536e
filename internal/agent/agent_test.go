package agent

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/sallyport/sallyport"
)

// bar is the percentage of the lines in testdata/agents.tsv for which each of type,
// browser and operating system must be right.
const bar = 99.0

type agentLine struct {
	number          int
	kind            sallyport.DeviceType
	browser, system string
	userAgent       string
}

func agents(t testing.TB) []agentLine {
	t.Helper()
	content, err := os.ReadFile("testdata/agents.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var lines []agentLine
	for i, text := range strings.Split(strings.TrimSuffix(string(content), "\n"), "\n") {
		if strings.HasPrefix(text, "#") {
			continue
		}
		fields := strings.Split(text, "\t")
		if len(fields) != 4 {
			t.Fatalf("line %d has %d fields, not 4", i+1, len(fields))
		}
		for j := range fields[:3] {
			if fields[j] == "-" {
				fields[j] = ""
			}
		}
		lines = append(lines, agentLine{i + 1, sallyport.DeviceType(fields[0]), fields[1], fields[2], fields[3]})
	}
	return lines
}

func TestParseAccuracy(t *testing.T) {
	lines := agents(t)
	if len(lines) < 290 {
		t.Fatalf("only %d lines", len(lines))
	}
	right := map[string]int{}
	check := func(part, got, want string, line agentLine) {
		if got == want {
			right[part]++
			return
		}
		t.Logf("line %d: %s is %q, want %q: %s", line.number, part, got, want, line.userAgent)
	}
	for _, line := range lines {
		info := Parse(line.userAgent)
		check("type", string(info.Type), string(line.kind), line)
		check("browser", info.Browser, line.browser, line)
		check("system", info.OS, line.system, line)
	}
	for _, part := range []string{"type", "browser", "system"} {
		percent := 100 * float64(right[part]) / float64(len(lines))
		t.Logf("%-8s %d of %d, %.1f %%", part, right[part], len(lines), percent)
		if percent < bar {
			t.Errorf("%s is right in %.1f %% of lines, below %.1f %%", part, percent, bar)
		}
	}
}

func TestParseDetails(t *testing.T) {
	const chrome = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.7390.54"
	type info = sallyport.DeviceInfo
	for _, test := range []struct {
		name, userAgent string
		want            info
	}{
		{
			"Windows 10 and 11 are one", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) " + chrome + " Safari/537.36",
			info{Type: "desktop", Browser: "Chrome", BrowserVersion: "141.0", OS: "Windows"},
		}, {
			"Windows 7 is itself", "Mozilla/5.0 (Windows NT 6.1; Win64; x64) " + chrome + " Safari/537.36",
			info{Type: "desktop", Browser: "Chrome", BrowserVersion: "141.0", OS: "Windows", OSVersion: "7"},
		}, {
			"macOS frozen", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) " + chrome + " Safari/537.36",
			info{Type: "desktop", Browser: "Chrome", BrowserVersion: "141.0", OS: "macOS"},
		}, {
			"macOS before that", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_13_6) " + chrome + " Safari/537.36",
			info{Type: "desktop", Browser: "Chrome", BrowserVersion: "141.0", OS: "macOS", OSVersion: "10.13.6"},
		}, {
			"Android reduced", "Mozilla/5.0 (Linux; Android 10; K) " + chrome + " Mobile Safari/537.36",
			info{Type: "mobile", Browser: "Chrome", BrowserVersion: "141.0", OS: "Android"},
		}, {
			"Android in full", "Mozilla/5.0 (Linux; U; Android 13; en-us; Pixel 7 Build/TQ3A) " + chrome + " Mobile Safari/537.36",
			info{Type: "mobile", Browser: "Chrome", BrowserVersion: "141.0", OS: "Android", OSVersion: "13", Model: "Pixel 7"},
		}, {
			"iOS frozen", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1",
			info{Type: "mobile", Browser: "Safari", BrowserVersion: "26.1", OS: "iOS", Model: "iPhone"},
		}, {
			"iOS frozen, in another browser", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/156.0 Mobile/15E148 Safari/604.1",
			info{Type: "mobile", Browser: "Firefox", BrowserVersion: "156.0", OS: "iOS", Model: "iPhone"},
		}, {
			"iOS 18 itself", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
			info{Type: "mobile", Browser: "Safari", BrowserVersion: "18.6", OS: "iOS", OSVersion: "18.6", Model: "iPhone"},
		}, {
			"iOS before that", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
			info{Type: "mobile", Browser: "Safari", BrowserVersion: "17.5", OS: "iOS", OSVersion: "17.5.1", Model: "iPhone"},
		}, {
			"Explorer 11", "Mozilla/5.0 (Windows NT 6.3; Trident/7.0; rv:11.0) like Gecko",
			info{Type: "desktop", Browser: "Internet Explorer", BrowserVersion: "11.0", OS: "Windows", OSVersion: "8.1"},
		}, {
			"an application", "Sallyport/1.4.0 (iPhone; iOS 17.5.1; Scale/3.00)",
			info{Type: "mobile", Browser: "Sallyport", BrowserVersion: "1.4", OS: "iOS", OSVersion: "17.5.1", Model: "iPhone"},
		}, {
			"an application on Android", "ExampleApp/5.0.1 (Android 14; Pixel 8 Pro)",
			info{Type: "mobile", OS: "Android", OSVersion: "14", Model: "Pixel 8 Pro"},
		}, {
			"a crawler in costume", "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) " + chrome + " Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
			info{Type: "unknown", Browser: "Googlebot", BrowserVersion: "2.1", Bot: true},
		}, {
			"a driven browser", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/124.0.0.0 Safari/537.36",
			info{Type: "desktop", Browser: "Chrome", BrowserVersion: "124.0", OS: "Linux", Bot: true},
		}, {
			"a phone by a maker called bot", "Mozilla/5.0 (Linux; Android 11; CUBOT_X30) " + chrome + " Mobile Safari/537.36",
			info{Type: "mobile", Browser: "Chrome", BrowserVersion: "141.0", OS: "Android", OSVersion: "11", Model: "CUBOT_X30"},
		}, {
			"a message in the model", "Mozilla/5.0 (Linux; Android 14; Call 1-900-555-0199) " + chrome + " Mobile Safari/537.36",
			info{Type: "mobile", Browser: "Chrome", BrowserVersion: "141.0", OS: "Android", OSVersion: "14"},
		}, {
			"a message after a maker", "Mozilla/5.0 (Linux; Android 14; Pixel 8 call 19005550199) " + chrome + " Mobile Safari/537.36",
			info{Type: "mobile", Browser: "Chrome", BrowserVersion: "141.0", OS: "Android", OSVersion: "14"},
		}, {
			"a telephone number as a model", "Mozilla/5.0 (Linux; Android 14; 19005550199) " + chrome + " Mobile Safari/537.36",
			info{Type: "mobile", Browser: "Chrome", BrowserVersion: "141.0", OS: "Android", OSVersion: "14"},
		}, {
			"a message as a program", "Call 1-900-555-0199/1.0 (Android 14)",
			info{Type: "mobile", OS: "Android", OSVersion: "14"},
		}, {
			"a message as a crawler", "Mozilla/5.0 (compatible; Call-1-900-555-0199-bot/2.1)",
			info{Type: "unknown", Bot: true},
		}, {
			"a message as a browser", "Mozilla/5.0 (X11; Linux x86_64) PayYourInvoice/19.0",
			info{Type: "desktop", OS: "Linux"},
		}, {
			"a link in the model", "Mozilla/5.0 (Linux; Android 11; evil.example) " + chrome + " Mobile Safari/537.36",
			info{Type: "mobile", Browser: "Chrome", BrowserVersion: "141.0", OS: "Android", OSVersion: "11"},
		}, {
			"control characters", "cu\x00rl\x1b/8.5\r\n.0\u202e",
			info{Type: "unknown", Browser: "curl", BrowserVersion: "8.5"},
		}, {
			"not UTF-8", "cur\xffl/8.5.0", info{Type: "unknown", Browser: "curl", BrowserVersion: "8.5"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Parse(test.userAgent); got != test.want {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

// Proxies and applications change the case of a header. Names of programs are shown as they were written, so
// only those without a row lose theirs.
func TestParseWithoutCase(t *testing.T) {
	for _, line := range agents(t) {
		as, small := Parse(line.userAgent), Parse(strings.ToLower(line.userAgent))
		if as.Type != small.Type || as.OS != small.OS || as.Bot != small.Bot {
			t.Errorf("line %d is %s on %q (crawler %t) in small letters, and %s on %q (%t) as it is: %s",
				line.number, small.Type, small.OS, small.Bot, as.Type, as.OS, as.Bot, line.userAgent)
		}
	}
}

// Makers name phones as they like. What stands for a crawler, a headset or a television elsewhere is a piece of a
// word, or a word for a crawler, in the name of a phone.
func TestParsePhonesOfAnyName(t *testing.T) {
	const phone = "Mozilla/5.0 (Linux; Android 11; %s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/108.0.0.0 Mobile Safari/537.36"
	names := []string{"M bot 54", "Spider 3", "Crawler X", "GPTBot", "Slurp 2"}
	for _, word := range []string{"Quest", "Watch", "SHIELD", "Stick", "Portal", "Oculus", "Xoom", "Tablets", "Kindle"} {
		names = append(names, word+"man S5", "QUMO_"+word+"er452", "Re"+word+"x 7")
	}
	for _, w := range crawlers {
		names = append(names, strings.Trim(w, "/"))
	}
	for _, name := range names {
		info := Parse(fmt.Sprintf(phone, name))
		if info.Type != sallyport.DeviceMobile || info.Bot || info.Browser != "Chrome" || info.OS != "Android" {
			t.Errorf("%q is %+v", name, info)
		}
	}
	// A crawler that dresses up as a phone says so with "compatible", or behind it.
	for _, crawler := range []string{
		"Mozilla/5.0 (Linux; Android 11; compatible; ExampleBot/1.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/108.0.0.0 Mobile Safari/537.36",
		fmt.Sprintf(phone, "Pixel 5") + " (compatible; bingbot/2.0)",
	} {
		if !Parse(crawler).Bot {
			t.Errorf("not a crawler: %s", crawler)
		}
	}
}

func TestParseReadsNoFurther(t *testing.T) {
	padded := "curl/8.5.0 " + strings.Repeat("x", maxInput)
	if Parse(padded+" (iPhone)") != Parse(padded) {
		t.Error("something past the limit made a difference")
	}
}

func TestVersion(t *testing.T) {
	for _, test := range []struct {
		in    string
		parts int
		want  string
	}{
		{"141.0.7390.54", 2, "141.0"}, {"17_5_1", 3, "17.5.1"}, {"12", 2, "12"}, {"8.1", 3, "8.1"},
		{"26.0-beta", 2, "26.0"}, {"6.0.", 3, "6.0"}, {"1..2", 3, "1"}, {"1.1234567", 2, "1"}, {"1234567", 2, ""},
		{"", 2, ""}, {"x1", 2, ""}, {".5", 2, ""}, {"XP", 3, "XP"},
	} {
		if got := version(test.in, test.parts); got != test.want {
			t.Errorf("version(%q, %d) = %q, want %q", test.in, test.parts, got, test.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, line := range agents(f) {
		f.Add(line.userAgent)
	}
	f.Add("Mozilla/5.0 (Linux; Android 1")
	f.Add("Mozilla/5.0 (((;;;/:/://[[")
	f.Add(strings.Repeat("Chrome/1 Safari/", 100))
	f.Fuzz(func(t *testing.T, userAgent string) {
		info := Parse(userAgent)
		switch info.Type {
		case sallyport.DeviceDesktop, sallyport.DeviceMobile, sallyport.DeviceTablet, sallyport.DeviceUnknown:
		default:
			t.Errorf("type %q", info.Type)
		}
		if info.Browser != "" && !shown[info.Browser] || info.Model != "" && !modelLike.MatchString(info.Model) || info.OS != plain(info.OS) {
			t.Errorf("%q has a name of its own: %+v", userAgent, info)
		}
		for _, part := range []string{info.Browser, info.BrowserVersion, info.OS, info.OSVersion, info.Model} {
			if len(part) > 64 || !utf8.ValidString(part) || strings.ContainsFunc(part, unicode.IsControl) {
				t.Errorf("part %q of %q", part, userAgent)
			}
			if strings.ContainsAny(part, "/:@<>&\"'") {
				t.Errorf("part %q could be more than a name", part)
			}
		}
		if again := Parse(userAgent); again != info {
			t.Errorf("twice the same, %+v and %+v", info, again)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for name, userAgent := range map[string]string{
		"phone":  "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
		"safari": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
		"curl":   "curl/8.5.0",
		"tablet": "Mozilla/5.0 (Linux; Android 13; Optima 8430E 4G DA1C8P01 and whatever a maker writes behind it) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.0.0 Mobile Safari/537.36",
		"worst":  strings.Repeat("a/1 (b; ", 100),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Parse(userAgent)
			}
		})
	}
}
