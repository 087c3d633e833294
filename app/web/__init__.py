"""What the browser talks to beside the pages: sign-in, uploads, downloads and their protection."""
