package status

import "strings"

// Location is the location of a repository without what could be secret: the user and password of
// a URL, its query, and the parameters of a remote of rclone that has no name. It fits restic's
// rest:https://user:password@host/, s3:, sftp: and rclone: as well as borg's ssh://user@host/.
func Location(text string) string {
	if rest, ok := strings.CutPrefix(text, "rclone::"); ok { // such as rclone::sftp,user=me,pass=x:path
		kind, _, _ := strings.Cut(rest, ",")
		kind, _, _ = strings.Cut(kind, ":")
		return "rclone::" + kind
	}
	if rest, ok := strings.CutPrefix(text, "rclone:"); ok {
		remote, path, _ := strings.Cut(rest, ":")
		if name, _, hasParameters := strings.Cut(remote, ","); hasParameters { // remote,pass=x:path
			return "rclone:" + name
		}
		return "rclone:" + remote + ":" + path
	}
	scheme, rest, isURL := strings.Cut(text, "://")
	if !isURL {
		return text
	}
	// A password with a slash or a question mark in it makes a broken URL, and must not be shown for
	// that reason.
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = rest[at+1:]
	}
	rest, _, _ = strings.Cut(rest, "?")
	return scheme + "://" + rest
}
