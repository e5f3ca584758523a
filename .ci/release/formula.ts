/** The formula for Homebrew, whose sums are those of the release. */
import manifest from "../../package.json" with { type: "json" };

/** `sums` are SHA-256 by the platforms' names, `url` is where the archives of this release are. */
export function formula(sums: ReadonlyMap<string, string>, url: string): string {
  const source = (platform: string) => {
    const sum = sums.get(platform);
    return sum === undefined
      ? undefined
      : `      url "${url}/mail-proxy-${manifest.version}-${platform}.tar.gz"\n      sha256 "${sum}"`;
  };
  const system = (name: string, prefix: string) => {
    const [arm, intel] = [source(`${prefix}-arm64`), source(`${prefix}-x64`)];
    const parts = [
      ...(arm === undefined ? [] : [`    on_arm do\n${arm}\n    end`]),
      ...(intel === undefined ? [] : [`    on_intel do\n${intel}\n    end`]),
    ];
    return parts.length === 0 ? "" : `\n  on_${name} do\n${parts.join("\n")}\n  end\n`;
  };
  return `# Written by the release: the sums are those of its SHA256SUMS.
class MailProxy < Formula
  desc "Durable mail queue that sends over SMTP and reports back"
  homepage "${url.replace(/\/releases\/.*/, "")}"
  version "${manifest.version}"
  license "${manifest.license}"
${system("macos", "darwin")}${system("linux", "linux")}
  def install
    bin.install "mail-proxy"
    bash_completion.install "completions/mail-proxy.bash" => "mail-proxy"
    zsh_completion.install "completions/_mail-proxy"
    fish_completion.install "completions/mail-proxy.fish"
  end

  service do
    run [opt_bin/"mail-proxy", "--home", var/"mail-proxy", "start", "default"]
    keep_alive crashed: true
    log_path var/"log/mail-proxy.log"
    error_log_path var/"log/mail-proxy.log"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/mail-proxy version")
  end
end
`;
}
