package inventory_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/examples/vsphere/inventory"
)

func TestConfigFromEnv(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(secret, []byte("in-a-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name          string
		env           map[string]string
		url, user, pw string
	}{
		{"a name", map[string]string{"GOVC_URL": "vcenter.example.com", "GOVC_USERNAME": "u", "GOVC_PASSWORD": "p"}, "https://vcenter.example.com/sdk", "u", "p"},
		{"an address", map[string]string{"GOVC_URL": "https://vcenter.example.com:8443/sdk", "GOVC_USERNAME": "u", "GOVC_PASSWORD": "p"}, "https://vcenter.example.com:8443/sdk", "u", "p"},
		{"the user in the address", map[string]string{"GOVC_URL": "https://a%40b:p%2Fq@vcenter.example.com"}, "https://vcenter.example.com/sdk", "a@b", "p/q"},
		{"an address with more", map[string]string{"GOVC_URL": "https://vcenter.example.com/sdk?x=y#z", "GOVC_USERNAME": "u", "GOVC_PASSWORD": "p"}, "https://vcenter.example.com/sdk", "u", "p"},
		{"an address of IPv6", map[string]string{"GOVC_URL": "[fd00::1]:8443", "GOVC_USERNAME": "u", "GOVC_PASSWORD": "p"}, "https://[fd00::1]:8443/sdk", "u", "p"},
		{"a user with a domain", map[string]string{"GOVC_URL": "reader@vsphere.local:p@ss@vcenter.example.com/sdk"}, "https://vcenter.example.com/sdk", "reader@vsphere.local", "p@ss"},
		{"the variables come first", map[string]string{"GOVC_URL": "https://a:b@vcenter.example.com", "GOVC_USERNAME": "u", "GOVC_PASSWORD": "p"}, "https://vcenter.example.com/sdk", "u", "p"},
		{"a password in a file", map[string]string{"GOVC_URL": "vcenter.example.com", "GOVC_USERNAME": "u", "GOVC_PASSWORD": secret}, "https://vcenter.example.com/sdk", "u", "in-a-file"},
		{"no TLS on this machine", map[string]string{"GOVC_URL": "http://127.0.0.1:8989/sdk", "GOVC_USERNAME": "u", "GOVC_PASSWORD": "p"}, "http://127.0.0.1:8989/sdk", "u", "p"},
		{"insecure is off", map[string]string{"GOVC_URL": "vcenter.example.com", "GOVC_USERNAME": "u", "GOVC_PASSWORD": "p", "GOVC_INSECURE": "0"}, "https://vcenter.example.com/sdk", "u", "p"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg, err := inventory.ConfigFromEnv(func(name string) string { return test.env[name] })
			if err != nil {
				t.Fatal(err)
			}
			if cfg.URL.String() != test.url || cfg.Username != test.user || string(cfg.Password) != test.pw {
				t.Errorf("got %s, %q, %q, want %s, %q, %q", cfg.URL, cfg.Username, string(cfg.Password), test.url, test.user, test.pw)
			}
			text, err := json.Marshal(cfg)
			if err != nil {
				t.Fatal(err)
			}
			for _, shown := range []string{fmt.Sprint(cfg), fmt.Sprintf("%+v", cfg), fmt.Sprintf("%#v", cfg), fmt.Sprintf("%q %s %x", cfg.Password, cfg.Password, cfg.Password), string(text)} {
				if len(test.pw) > 1 && strings.Contains(shown, test.pw) {
					t.Errorf("the password is shown: %s", shown)
				}
			}
		})
	}
}

func TestConfigThatIsRefused(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	const password = "s3cr%et/4711"
	complete := func(more map[string]string) map[string]string {
		env := map[string]string{"GOVC_URL": "https://vcenter.example.com", "GOVC_USERNAME": "reader", "GOVC_PASSWORD": password}
		for name, value := range more {
			env[name] = value
		}
		return env
	}
	for _, test := range []struct {
		name  string
		env   map[string]string
		texts []string
	}{
		{"no address", complete(map[string]string{"GOVC_URL": ""}), []string{"GOVC_URL is not set"}},
		{"no user", complete(map[string]string{"GOVC_USERNAME": ""}), []string{"GOVC_USERNAME is not set"}},
		{"no password", complete(map[string]string{"GOVC_PASSWORD": ""}), []string{"GOVC_PASSWORD is not set"}},
		{"a password that spoils the address", complete(map[string]string{"GOVC_URL": "https://reader:" + password + "@vcenter.example.com"}), []string{"GOVC_URL is not an address", "not shown"}},
		{"plain text", complete(map[string]string{"GOVC_URL": "http://reader:topsecret@vcenter.example.com"}), []string{"plain text", "https://"}},
		{"another scheme", complete(map[string]string{"GOVC_URL": "ftp://vcenter.example.com"}), []string{"must begin with https://"}},
		{"checks turned off", complete(map[string]string{"GOVC_INSECURE": "1"}), []string{"GOVC_INSECURE is not supported", "GOVC_TLS_CA_CERTS", "GOVC_TLS_KNOWN_HOSTS"}},
		{"checks turned off in words", complete(map[string]string{"GOVC_INSECURE": "TRUE"}), []string{"GOVC_INSECURE is not supported"}},
		{"no file of authorities", complete(map[string]string{"GOVC_TLS_CA_CERTS": "/no/such/file"}), []string{"GOVC_TLS_CA_CERTS names /no/such/file", "no such file"}},
		{"no certificate in it", complete(map[string]string{"GOVC_TLS_CA_CERTS": empty}), []string{"GOVC_TLS_CA_CERTS names " + empty, "invalid certificate"}},
		{"no file of known hosts", complete(map[string]string{"GOVC_TLS_KNOWN_HOSTS": "/no/such/file"}), []string{"GOVC_TLS_KNOWN_HOSTS names /no/such/file", "no such file"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := inventory.ConfigFromEnv(func(name string) string { return test.env[name] })
			wantError(t, err, password, test.texts...)
			wantError(t, err, "topsecret")
		})
	}
}

func TestDecode(t *testing.T) {
	for name, want := range map[string]string{
		"web-1": "web-1", "a%2fb": "a/b", "a%2Fb": "a/b", `a%5cb`: `a\b`, "100%25": "100%", "%252f": "%2f", "50%20off": "50%20off", "%": "%", "": "",
	} {
		if got := inventory.Decode(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// What vSphere makes of any name is decoded to the name.
func FuzzDecode(f *testing.F) {
	for _, name := range []string{"web-1", "a/b", `a\b`, "100%", "%2f", "%25%2F", "ünï/%"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		escaped := strings.NewReplacer("%", "%25", "/", "%2f", `\`, "%5c").Replace(name)
		if got := inventory.Decode(escaped); got != name {
			t.Errorf("got %q, want %q", got, name)
		}
	})
}
