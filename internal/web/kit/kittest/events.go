package kittest

import (
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
)

// Taken are events that were taken back.
var Taken = []sallyport.Event{
	taken(audit.MethodAdded, 40*time.Minute, "method", sallyport.MethodWebAuthn, "name", "Blue key"),
	taken(audit.BackupCodesMade, 38*time.Minute),
	taken(audit.DeviceTrusted, 30*time.Minute),
}

func taken(kind audit.Kind, ago time.Duration, data ...string) sallyport.Event {
	e := sallyport.Event{
		Kind: string(kind), CreatedAt: Now.Add(-ago), IPAddress: "203.0.113.9", Data: map[string]string{},
		Device:   sallyport.DeviceInfo{Type: sallyport.DeviceDesktop, Browser: "Firefox", OS: "Linux"},
		Location: sallyport.Location{Country: "BR", City: "São Paulo"},
	}
	for i := 0; i < len(data); i += 2 {
		e.Data[data[i]] = data[i+1]
	}
	return e
}

// Forgotten is an event whose personal part was removed, as policy says.
func Forgotten(e sallyport.Event) sallyport.Event {
	e.IPAddress, e.Device, e.Location, e.Forgotten = "", sallyport.DeviceInfo{}, sallyport.Location{}, true
	return e
}
