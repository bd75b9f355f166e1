package status

import (
	"strings"
	"testing"
)

func TestLocation(t *testing.T) {
	for text, want := range map[string]string{
		"/srv/backup":  "/srv/backup",
		`C:\backup`:    `C:\backup`,
		"/srv/me@home": "/srv/me@home",
		"rest:https://user:hunter2@host:8000/path/":     "rest:https://host:8000/path/",
		"rest:https://user:hunter2%40x@host/":           "rest:https://host/",
		"rest:https://host/path":                        "rest:https://host/path",
		"rest:https://user:hun/ter2@host/":              "rest:https://host/",
		"rest:https://user:pass?hunter2@host/":          "rest:https://host/",
		"rest:https://user:hunter2@host/?token=hunter2": "rest:https://host/",
		"s3:https://key:hunter2@s3.example.org/bucket":  "s3:https://s3.example.org/bucket",
		"s3:s3.amazonaws.com/bucket":                    "s3:s3.amazonaws.com/bucket",
		"sftp:user@host:/srv/repo":                      "sftp:user@host:/srv/repo",
		"sftp://user:hunter2@host:22//srv/repo":         "sftp://host:22//srv/repo",
		"ssh://user@host:22/./repo":                     "ssh://host:22/./repo",
		"rclone:remote:path":                            "rclone:remote:path",
		"rclone:remote,pass=hunter2:path":               "rclone:remote",
		"rclone::sftp,host=h,pass='hunter2:x':path":     "rclone::sftp",
		"rclone::sftp:path":                             "rclone::sftp",
		"b2:bucket:path":                                "b2:bucket:path",
	} {
		got := Location(text)
		if got != want || strings.Contains(got, "hunter2") {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
