// Command sbom completes the bill of materials of a binary. The one that it reads has the Go
// modules, as cyclonedx-gomod finds them in the binary; it adds the browser's parts and the
// lists of data, compares the whole with what the binary says of itself, and writes it. Run it
// by `make sbom`.
//
//	go run ./internal/sbom BINARY <MODULES.json >OUT.json
package main

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: sbom BINARY <MODULES.json >OUT.json")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(binary string, in io.Reader, out io.Writer) error {
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(in, cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		return err
	}
	if err := add(&bom, parts); err != nil {
		return err
	}
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return err
	}
	if err := complete(&bom, info); err != nil {
		return err
	}
	return cdx.NewBOMEncoder(out, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(&bom, cdx.SpecVersion1_6)
}

// add appends parts to a bill, and says that the program rests on them.
func add(bom *cdx.BOM, parts []part) error {
	if bom.Metadata == nil || bom.Metadata.Component == nil || bom.Components == nil || bom.Dependencies == nil {
		return errors.New("the bill of the modules names no program, or nothing that it is made of")
	}
	program := bom.Metadata.Component.BOMRef
	at := slices.IndexFunc(*bom.Dependencies, func(d cdx.Dependency) bool { return d.Ref == program })
	if at < 0 {
		return fmt.Errorf("the bill of the modules does not say what %s rests on", program)
	}
	on := (*bom.Dependencies)[at].Dependencies
	for i, c := range *bom.Components {
		if id := licences[c.Name]; c.Licenses == nil && id != "" {
			(*bom.Components)[i].Licenses = &cdx.Licenses{{License: &cdx.License{ID: id}}}
		}
	}
	for _, p := range parts {
		c := p.component()
		*bom.Components = append(*bom.Components, c)
		*on = append(*on, c.BOMRef)
		*bom.Dependencies = append(*bom.Dependencies, cdx.Dependency{Ref: c.BOMRef})
	}
	return nil
}

// licences are those of modules whose files the tool does not recognise.
var licences = map[string]string{
	"std":                         "BSD-3-Clause",
	"github.com/pressly/goose/v3": "MIT",
}

// complete returns an error for what the binary is made of and the bill does not have, and
// for what has no licence.
func complete(bom *cdx.BOM, info *buildinfo.BuildInfo) error {
	var missing []error
	for _, c := range *bom.Components {
		if c.Licenses == nil {
			missing = append(missing, fmt.Errorf("%s %s has no licence: read it, and add it to the table of licences", c.Name, c.Version))
		}
	}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		if !slices.ContainsFunc(*bom.Components, func(c cdx.Component) bool { return c.Name == m.Path && c.Version == m.Version }) {
			missing = append(missing, fmt.Errorf("the bill lacks %s %s", m.Path, m.Version))
		}
	}
	return errors.Join(missing...)
}
