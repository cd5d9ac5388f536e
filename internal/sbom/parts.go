package main

import (
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// A part is something in the binary that others made and that is no Go module.
type part struct {
	name, version string
	kind          cdx.ComponentType
	licence       string   // of SPDX
	npm           bool     // it comes from the npm registry under its name
	files         []string // where it is, from the top of the tree; folders end with /
	means         string
}

const static = "internal/web/kit/static/"

// parts is THE table of what the binary holds besides Go modules and our own work.
var parts = []part{
	{name: "@tabler/core", version: "1.6.1", kind: cdx.ComponentTypeLibrary, licence: "MIT", npm: true, files: []string{static + "tabler.css"},
		means: "styles; a part of it, which contains a part of Bootstrap"},
	{name: "@tabler/icons", version: "3.51.0", kind: cdx.ComponentTypeLibrary, licence: "MIT", npm: true, files: []string{static + "icons.svg"},
		means: "icons"},
	{name: "circle-flags", version: "2.8.3", kind: cdx.ComponentTypeLibrary, licence: "MIT", npm: true, files: []string{static + "flags/"},
		means: "flags of countries"},
	{name: "@zxcvbn-ts/core", version: "4.2.0", kind: cdx.ComponentTypeLibrary, licence: "MIT", npm: true, files: []string{static + "meter.js"},
		means: "the script that estimates passwords in the browser"},
	{name: "fastest-levenshtein", version: "1.0.16", kind: cdx.ComponentTypeLibrary, licence: "MIT", npm: true, files: []string{static + "meter.js"},
		means: "distances between words, for that script"},
	{name: "@zxcvbn-ts/language-common", version: "4.1.3", kind: cdx.ComponentTypeData, licence: "MIT", npm: true,
		files: []string{static + "meter.js", "internal/factor/common/passwords.txt.gz", "internal/factor/common/words.txt.gz"}, means: "lists of common words and passwords"},
	{name: "@zxcvbn-ts/language-en", version: "4.1.1", kind: cdx.ComponentTypeData, licence: "MIT", npm: true,
		files: []string{"internal/factor/common/words.txt.gz"}, means: "common English words"},
	{name: "world-atlas", version: "2.0.2", kind: cdx.ComponentTypeData, licence: "ISC", npm: true, files: []string{static + "world.svg"},
		means: "outlines of countries, of Natural Earth 4.1.0"},
	{name: "@ip-location-db/geo-whois-asn-country-mmdb", version: "2.3.2026061719", kind: cdx.ComponentTypeData, licence: "CC-BY-4.0", npm: true,
		files: []string{"internal/geo/data/geo-whois-asn-country.mmdb"}, means: "which addresses belong to which country"},
}

// component is the part in a bill of materials.
func (p part) component() cdx.Component {
	var places []cdx.EvidenceOccurrence
	for _, f := range p.files {
		places = append(places, cdx.EvidenceOccurrence{Location: f})
	}
	out := cdx.Component{
		Type: p.kind, Name: p.name, Version: p.version, Description: p.means, Scope: cdx.ScopeRequired,
		Licenses: &cdx.Licenses{{License: &cdx.License{ID: p.licence}}},
		Evidence: &cdx.Evidence{Occurrences: &places},
		BOMRef:   p.name + "@" + p.version,
	}
	if p.npm {
		out.PackageURL = "pkg:npm/" + strings.Replace(p.name, "@", "%40", 1) + "@" + p.version
		out.BOMRef = out.PackageURL
	}
	return out
}
