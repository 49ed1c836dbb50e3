"""职业培训券 (人社部发〔2025〕10号 三(四)): issued to a person, redeemed by the claim of whoever trained them."""
