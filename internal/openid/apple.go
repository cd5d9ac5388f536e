package openid

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// appleSecretAge is how long a secret is good for. Apple allows six months; it is used at once.
const appleSecretAge = 5 * time.Minute

// secret signs a client secret as Apple defines it: the team says who the client is. (Apple, "Creating a client
// secret": developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret.)
func (k AppleKey) secret(clientID, audience string, now time.Time) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{
		Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: k.Key, KeyID: k.KeyID},
	}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", err
	}
	return jwt.Signed(signer).Claims(map[string]any{
		"iss": k.TeamID, "sub": clientID, "aud": audience, "iat": now.Unix(), "exp": now.Add(appleSecretAge).Unix(),
	}).Serialize()
}

// appleName reads the name in what the browser brings along from Apple, once, when somebody signs in for the first
// time. It is not signed: whoever signs in may have written it, as they may choose a name anywhere else. The address
// that stands beside it is not taken for that reason.
func appleName(user string) string {
	const longest = 200 // characters
	var says struct {
		Name struct {
			First string `json:"firstName"`
			Last  string `json:"lastName"`
		} `json:"name"`
	}
	if json.Unmarshal([]byte(user), &says) != nil {
		return ""
	}
	name := []rune(said(says.Name.First, says.Name.Last))
	return strings.TrimSpace(string(name[:min(len(name), longest)]))
}
