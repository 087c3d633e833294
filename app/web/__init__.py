"""HTTP routes beside the Streamlit pages: sign-in, uploads, downloads, and the middleware."""
