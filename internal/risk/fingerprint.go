package risk

import (
	"strings"

	"github.com/sallyport/sallyport"
)

const (
	fingerprintWeight = 50

	// jump is the number of points from which a device looks like another one.
	jump = 5
)

// component is one part of a fingerprint, with the points that a change of it counts.
type component struct {
	name    string // for the sentence about the finding
	points  int
	changed func(was, is sallyport.Fingerprint) bool
}

// components have points such that no change makes a jump alone, nor do changes that come
// together for a known reason:
//
//	travelling                     time zone, language, screen        3
//	docking, a plugged monitor     screen                             1
//	"desktop site" on a tablet     system, screen                     4
//	a convertible's keyboard       touch, screen                      3
//	a browser that adds noise      processors, memory, screen         4
//	a browser that starts to hide  processors, screen, language       4
//	moved to a new computer        processors, memory, screen         4
//
// The user agent is not used: it changes with every browser update, and its operating
// system is the platform.
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
		return differ(shortSideFirst(was.ScreenResolution), shortSideFirst(is.ScreenResolution))
	}},
	{"timezone", 1, func(was, is sallyport.Fingerprint) bool { return differ(zone(was.Timezone), zone(is.Timezone)) }},
	{"language", 1, func(was, is sallyport.Fingerprint) bool {
		return differ(languageOf(was.Language), languageOf(is.Language))
	}},
}

// fingerprintJump finds one credential on what looks like two machines. It needs an
// earlier and a present fingerprint: sending none is not suspicious.
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

// differ reports whether two values are known and different.
func differ(was, is string) bool { return was != "" && is != "" && was != is }

// shortSideFirst returns a resolution with the short side first, so that a turned phone stays the
// same.
func shortSideFirst(resolution string) string {
	w, h, ok := strings.Cut(resolution, "x")
	if !ok {
		return ""
	}
	if len(w) > len(h) || len(w) == len(h) && w > h {
		w, h = h, w
	}
	return w + "x" + h
}

// zone returns a time zone, or "" for the one that browsers report to hide theirs.
func zone(name string) string {
	switch name {
	case "UTC", "Etc/UTC", "Etc/GMT", "GMT", "Atlantic/Reykjavik":
		return ""
	}
	return name
}

// languageOf returns the language of a language tag, without the country.
func languageOf(tag string) string {
	language, _, _ := strings.Cut(tag, "-")
	return strings.ToLower(language)
}
