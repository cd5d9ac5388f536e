package message

import (
	"golang.org/x/text/language"

	"github.com/sallyport/sallyport"
)

// Country returns the name of an ISO 3166-1 country in this language, the code
// itself when it has no name, and "" for "".
func (p *Printer) Country(code string) string {
	region, err := language.ParseRegion(code)
	if err != nil || p.regions == nil {
		return code
	}
	if name := p.regions.Name(region); name != "" {
		return name
	}
	return code
}

// Place returns where an address probably is: "Berlin, Germany", the country alone
// when the city is unknown, and a text for unknown when the country is too.
func (p *Printer) Place(at sallyport.Location) string {
	switch {
	case at.Country == "":
		return p.T("place.unknown")
	case at.City == "":
		return p.Country(at.Country)
	}
	return p.T("place.city", "City", at.City, "Country", p.Country(at.Country))
}

// Device names the browser and system of a device: "Chrome on macOS".
func (p *Printer) Device(d sallyport.DeviceInfo) string {
	system := d.OS
	if d.Model != "" {
		system = d.Model
	}
	switch {
	case d.Browser != "" && system != "":
		return p.T("device.browserOn", "Browser", d.Browser, "System", system)
	case d.Browser != "":
		return d.Browser
	case system != "":
		return system
	}
	return p.T("device.unknown")
}
