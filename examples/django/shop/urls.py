"""Where the shop takes orders, and where the proxy finds it: the paths that its tenant names."""

from django.urls import path

from . import views

urlpatterns = [
    path("orders", views.place_order),
    path("orders/<int:number>", views.show_order),
    path("mail/attachments", views.serve_attachment),
    path("mail/delivery-report", views.take_reports),
]
