package risk

import (
	"strings"

	"github.com/sallyport/sallyport"
)

const (
	fingerprintWeight = 50

	// jump is from how many points on a device looks like another one.
	jump = 5
)

// component is one part of a fingerprint that can change, and how much that
// says about the machine.
type component struct {
	name    string // for the sentence
	points  int
	changed func(was, is sallyport.Fingerprint) bool
}

// components are chosen so that none makes a jump alone, and neither do those
// that change together for a known reason:
//
//	travelling                     time zone, language, screen        3
//	docking, a plugged monitor     screen                             1
//	"desktop site" on a tablet     system, screen                     4
//	a convertible's keyboard       touch, screen                      3
//	a browser that adds noise      processors, memory, screen         4
//	a browser that starts to hide  processors, screen, language       4
//	moved to a new computer        processors, memory, screen         4
//
// The user agent is not among them: it changes with every update of the
// browser, and the system it names is the platform.
var components = []component{
	{"system", 3, func(was, is sallyport.Fingerprint) bool { return differ(was.Platform, is.Platform) }},
	{"touch", 2, func(was, is sallyport.Fingerprint) bool { return was.TouchSupport != is.TouchSupport }},
	{"processors", 2, func(was, is sallyport.Fingerprint) bool {
		return was.HardwareConcurrency > 0 && is.HardwareConcurrency > 0 && was.HardwareConcurrency != is.HardwareConcurrency
	}},
	{"memory", 1, func(was, is sallyport.Fingerprint) bool {
		return was.DeviceMemory > 0 && is.DeviceMemory > 0 && was.DeviceMemory != is.DeviceMemory
	}},
	{"screen", 1, func(was, is sallyport.Fingerprint) bool {
		return differ(upright(was.ScreenResolution), upright(is.ScreenResolution))
	}},
	{"timezone", 1, func(was, is sallyport.Fingerprint) bool { return differ(zone(was.Timezone), zone(is.Timezone)) }},
	{"language", 1, func(was, is sallyport.Fingerprint) bool { return differ(tongue(was.Language), tongue(is.Language)) }},
}

// fingerprintJump finds one credential on what looks like two machines. It
// needs a fingerprint from before and from now: to send none is not suspicious.
func fingerprintJump(f Facts) (int, map[string]string) {
	if !f.Fingerprint.Given() || !f.Before.Given() {
		return 0, nil
	}
	points := 0
	var names []string
	for _, c := range components {
		if c.changed(f.Before, f.Fingerprint) {
			points += c.points
			names = append(names, c.name)
		}
	}
	if points < jump {
		return 0, nil
	}
	return fingerprintWeight, map[string]string{"changed": strings.Join(names, ",")}
}

// differ reports whether two parts are both known and not the same.
func differ(was, is string) bool { return was != "" && is != "" && was != is }

// upright returns a resolution with the short side first: a turned phone is the
// same phone.
func upright(resolution string) string {
	w, h, ok := strings.Cut(resolution, "x")
	if !ok {
		return ""
	}
	if len(w) > len(h) || len(w) == len(h) && w > h {
		w, h = h, w
	}
	return w + "x" + h
}

// zone returns a time zone, or nothing for the one that browsers claim when
// they hide theirs.
func zone(name string) string {
	switch name {
	case "UTC", "Etc/UTC", "Etc/GMT", "GMT", "Atlantic/Reykjavik":
		return ""
	}
	return name
}

// tongue returns the language of a tag without its country.
func tongue(tag string) string {
	language, _, _ := strings.Cut(tag, "-")
	return strings.ToLower(language)
}
