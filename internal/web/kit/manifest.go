package kit

import (
	"encoding/json"
	"net/http"
)

// Addresses of what is installed and of what shows push messages. A service worker has power over what is
// below its own address, so it is at the top.
const (
	WorkerPath   = "/worker.js"
	IconPath     = "/icon.png"
	ManifestPath = "/manifest.webmanifest"
)

type manifestIcon struct {
	Src     string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose,omitempty"`
}

// Manifest answers with what browsers install the pages by (W3C Web Application Manifest): iOS lets a page
// be told by push only when it is installed.
func Manifest(v *Visit) error {
	name := v.Tenant.Name
	if name == "" {
		name = v.T("product")
	}
	var icons []manifestIcon
	for _, i := range []struct{ file, sizes, purpose string }{{"icon-192.png", "192x192", ""}, {"icon-512.png", "512x512", ""}, {"icon-maskable.png", "512x512", "maskable"}} {
		src, err := AssetURL(i.file)
		if err != nil {
			return err
		}
		icons = append(icons, manifestIcon{src, i.sizes, "image/png", i.purpose})
	}
	v.W.Header().Set("Content-Type", "application/manifest+json")
	v.W.Header().Set("Cache-Control", "no-cache")
	v.W.WriteHeader(http.StatusOK)
	return json.NewEncoder(v.W).Encode(map[string]any{
		"id": "/", "name": name, "short_name": name, "start_url": HomePath, "scope": "/", "display": "standalone",
		"lang": v.Lang(), "dir": v.Dir(), "background_color": "#ffffff", "theme_color": "#3d4fd1", "icons": icons,
	})
}
